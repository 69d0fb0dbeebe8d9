/** What the API found wrong with a request, at the fields of the form that it came from. */

/** `destinations.1.url` is the form's `destinations.<key of the second>.url`: keys stay when a destination is removed. */
export class Faults {
  constructor() {
    this._by = new Map();
  }

  /**
   * Take what the API answered. `has(name)` says whether the form shows such a field.
   *
   * @returns those that belong to no field
   */
  take(errors, keys, has) {
    this._by.clear();
    return errors.filter((error) => {
      const path = error.field.split(".");
      if (path[0] === "destinations" && path.length > 1) path[1] = keys[Number(path[1])] ?? path[1];
      // An entry of a list is at the list's own field.
      while (path.length && !has(path.join("."))) path.pop();
      if (!path.length) return true;
      const name = path.join(".");
      this._by.set(name, [...(this._by.get(name) ?? []), error.message]);
      return false;
    });
  }

  /** What is wrong with that field, undefined if nothing is. */
  of(name) {
    return this._by.get(name)?.join(". It ");
  }

  get size() {
    return this._by.size;
  }

  /** It is being mended. */
  forget(name) {
    return this._by.delete(name);
  }
}
