/** A route of the HTTP API: `GET /jobs/{id}`, and the function in serverless.yml that answers it. */
export interface Route {
  readonly route: string;
  readonly functionName: string;
}

/**
 * Compares the routes of serverless.yml with the table that says who may call which. A route without an entry would be
 * checked by nobody.
 * @returns everything that does not match, each with the remedy
 */
export function problemsOfRoutes(declared: readonly Route[], table: readonly Route[]): readonly string[] {
  const missing = (from: readonly Route[], { route }: Route) => !from.some((other) => other.route === route);
  return [
    ...declared
      .filter((each) => missing(table, each))
      .map(
        ({ route }) =>
          `${route} has no entry in shared/http/routes.ts. Add it, with the right that it needs.`,
      ),
    ...table
      .filter((each) => missing(declared, each))
      .map(
        ({ route }) =>
          `${route} is in shared/http/routes.ts, but no function in serverless.yml has it. Remove the entry.`,
      ),
    ...declared.flatMap(({ route, functionName }) => {
      const entry = table.find((other) => other.route === route && other.functionName !== functionName);
      if (!entry) return [];
      return [
        `${route} is of ${functionName} in serverless.yml, but of ${entry.functionName} in shared/http/routes.ts. Correct one.`,
      ];
    }),
  ];
}
