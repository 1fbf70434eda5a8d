import { openApiDocument } from '../functions/api/documents.ts';

/** Prints the OpenAPI document of the API: `npm run -s openapi > openapi.json`. */
console.log(JSON.stringify(openApiDocument(), null, 2));
