/** Lambda hands over credentials in the environment. The SDK need not look for profiles, SSO or web identities. */
export { fromEnv as defaultProvider } from '@aws-sdk/credential-provider-env';
