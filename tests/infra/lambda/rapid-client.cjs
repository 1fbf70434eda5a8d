/*
 * Stands where the native part of AWS's runtime interface client belongs (`rapid-client.node`): that is an HTTP client in C++,
 * and to build it takes a minute, cmake and the autotools. All else of that client is AWS's own. The calls are those of
 * https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
 */
const base = `http://${process.env.AWS_LAMBDA_RUNTIME_API}/2018-06-01/runtime/invocation`;
/** The native one blocks until an answer has arrived. Here the next call waits for it. */
let answered = Promise.resolve();

const post = (path, body, headers = {}) => {
  answered = fetch(`${base}/${path}`, { method: 'POST', body, headers }).then((response) => response.text());
};

exports.next = async () => {
  await answered;
  const response = await fetch(`${base}/next`);
  return { bodyJson: await response.text(), headers: Object.fromEntries(response.headers) };
};
exports.done = (id, body) => post(`${id}/response`, body);
exports.error = (id, body, xray) =>
  post(`${id}/error`, body, {
    'lambda-runtime-function-error-type': 'Unhandled',
    'lambda-runtime-function-xray-error-cause': xray,
  });
