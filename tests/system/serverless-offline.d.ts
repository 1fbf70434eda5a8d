declare module 'serverless-offline' {
  import type { Hooks, OfflineServerless } from './offline-start.ts';

  export default class ServerlessOffline {
    constructor(serverless: OfflineServerless, commandLine: object, output: { readonly log?: object });
    readonly hooks: Hooks;
  }
}
