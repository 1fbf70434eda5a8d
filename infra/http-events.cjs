/**
 * The events of each HTTP function, for serverless.yml: its routes, as shared/http/families/ has them. infra/plugin.ts adds
 * HEAD wherever there is a GET.
 */
module.exports = async () => {
  const { routes } = await import('../shared/http/routes.ts');
  const events = Object.entries(routes).map(([route, { function: name }]) => ({
    name,
    httpApi: route === '$default' ? '*' : route,
  }));
  const byFunction = Object.groupBy(events, ({ name }) => name);
  return Object.fromEntries(
    Object.entries(byFunction).map(([name, each]) => [name, each.map(({ httpApi }) => ({ httpApi }))]),
  );
};
