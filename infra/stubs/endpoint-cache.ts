/** For endpoint discovery, which none of our calls uses. */
export class EndpointCache {}
