export default class LocalAws {
  hooks = {};
}
