/** How often in a row a job may be interrupted without getting further. Otherwise Spot could begin it anew for ever. */
export const maxInterruptions = 10;
