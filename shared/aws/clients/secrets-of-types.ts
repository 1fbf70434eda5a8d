import { readSecretsBy } from '../../author/settings.ts';
import { fetchSecret } from './secrets.ts';

/** A function or process that runs job types imports this before their code: a type may read a secret while it is loaded. */
readSecretsBy(fetchSecret);
