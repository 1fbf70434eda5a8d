// Uploads the files that were chosen in a form, and then submits the form with the names of their objects.
// Without this script the form has a field for the name alone.

const uploading = document.querySelector('[data-uploading]');
const bar = uploading.querySelector('progress');
const cancelButton = uploading.querySelector('button');
const line = document.querySelector('[data-upload-words]');
const form = uploading.closest('form');

const broken = 'The connection broke, or the file could not be read. Submit again to send it anew.';

/** What a person is told. It is read aloud, too. */
function say(text, isError = false) {
  if (line.textContent !== text) line.textContent = text;
  line.classList.toggle('error', isError);
}

function whyRefused(status, { detail = '', errors = [] }) {
  if (status === 401) return 'You are not signed in any more. Sign in in another tab, then submit again.';
  if (errors.some(({ pointer }) => pointer === '/bytes')) return 'The file is too large: at most 5 GB.';
  return `The upload was refused (${status}). ${detail}`;
}

/** Asks for an object, and for the request that takes its bytes. */
async function createUpload({ size, type }, signal) {
  const response = await fetch('../uploads', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ bytes: size, ...(type === '' ? {} : { contentType: type }) }),
    signal,
  }).catch(() => {
    throw new Error(broken);
  });
  const answer = await response.json().catch(() => ({}));
  if (response.status !== 201) throw new Error(whyRefused(response.status, answer));
  return answer;
}

/** `fetch` does not tell how much was sent. */
const send = (file, { method, url, headers }, signal) =>
  new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open(method, url);
    // The browser sets the length itself.
    for (const [name, value] of Object.entries(headers))
      if (name !== 'content-length') request.setRequestHeader(name, value);
    request.upload.onprogress = ({ loaded, total }) => {
      bar.value = total === 0 ? 100 : (loaded / total) * 100;
      say(`${file.name}: ${Math.floor(bar.value / 10) * 10} % uploaded`);
    };
    request.onload = () =>
      request.status === 200
        ? resolve()
        : reject(new Error(`The bucket refused the file (${request.status}). Submit again to send it anew.`));
    request.onerror = () => reject(new Error(broken));
    signal.addEventListener('abort', () => {
      request.abort();
      reject(signal.reason);
    });
    request.send(file);
  });

/** The name stays in its field: should the form come back, the file need not be sent again. */
async function uploadFrom(input, signal) {
  const [file] = input.files;
  say(`${file.name}: 0 % uploaded`);
  bar.value = 0;
  const { object, upload } = await createUpload(file, signal);
  signal.throwIfAborted();
  await send(file, upload, signal);
  document.getElementById(input.closest('[data-upload]').dataset.upload).value = object;
  input.value = '';
}

function show(isUploading) {
  uploading.hidden = !isUploading;
  for (const button of form.querySelectorAll('button'))
    button.disabled = isUploading && button !== cancelButton;
}

async function submitWith(inputs) {
  const canceling = new AbortController();
  cancelButton.onclick = () => canceling.abort(new Error('The upload was canceled. Nothing was submitted.'));
  show(true);
  try {
    for (const input of inputs) await uploadFrom(input, canceling.signal);
    say('Uploaded.');
    show(false);
    form.requestSubmit();
  } catch (error) {
    say((canceling.signal.reason ?? error).message, true);
    show(false);
    form.querySelector('button:not([type])').focus();
  }
}

for (const each of form.querySelectorAll('[data-upload]')) each.hidden = false;

form.addEventListener('submit', (event) => {
  const chosen = [...form.querySelectorAll('input[type=file]')].filter(({ files }) => files.length > 0);
  if (chosen.length === 0) return;
  event.preventDefault();
  void submitWith(chosen);
});
