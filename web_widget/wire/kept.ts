/** Small things kept in this browser across reloads: in IndexedDB; where that is refused, in memory. */

export interface Kept {
  get<T>(key: string): Promise<T | undefined>;
  /** Everything whose key begins so, by key. */
  all<T>(prefix: string): Promise<[key: string, value: T][]>;
  /** A value of undefined forgets the key. */
  set(key: string, value: unknown): Promise<void>;
  /** Forget everything whose key begins so. */
  forget(prefix: string): Promise<void>;
}

const STORE = "kept";
const OPEN_MS = 2_000;

/** What is kept under a name. Opens at first use; never rejects. */
export function keep(name: string): Kept {
  const memory = new Map<string, unknown>();
  let opened: Promise<IDBDatabase | null> | undefined;

  async function ask<T>(mode: IDBTransactionMode, question: (store: IDBObjectStore) => IDBRequest<T>) {
    opened ??= open(name);
    const database = await opened;
    if (!database) return undefined;
    try {
      return await done(question(database.transaction(STORE, mode).objectStore(STORE)));
    } catch {
      // a full disk, or a database that the browser took away: what is in memory serves until the page ends
      return undefined;
    }
  }

  return {
    async get<T>(key: string) {
      return (memory.get(key) ?? (await ask("readonly", (store) => store.get(key)))) as T | undefined;
    },
    async all<T>(prefix: string) {
      const keys = await ask("readonly", (store) => store.getAllKeys(under(prefix)));
      const values = await ask("readonly", (store) => store.getAll(under(prefix)));
      const found = new Map((keys ?? []).map((key, place) => [String(key), values?.[place]]));
      for (const [key, value] of memory) if (key.startsWith(prefix)) found.set(key, value);
      return [...found].sort(([one], [other]) => (one < other ? -1 : 1)) as [string, T][];
    },
    async set(key, value) {
      if (value === undefined) memory.delete(key);
      else memory.set(key, value);
      await ask<unknown>(
        "readwrite",
        (store): IDBRequest => (value === undefined ? store.delete(key) : store.put(value, key)),
      );
    },
    async forget(prefix) {
      for (const key of memory.keys()) if (key.startsWith(prefix)) memory.delete(key);
      await ask("readwrite", (store) => store.delete(under(prefix)));
    },
  };
}

function under(prefix: string): IDBKeyRange {
  return IDBKeyRange.bound(prefix, `${prefix}\uffff`);
}

function open(name: string): Promise<IDBDatabase | null> {
  return new Promise((resolve) => {
    // some browsers never answer where storage is blocked
    const late = setTimeout(() => resolve(null), OPEN_MS);
    const give = (database: IDBDatabase | null) => {
      clearTimeout(late);
      resolve(database);
    };
    try {
      const request = indexedDB.open(name, 1);
      request.onupgradeneeded = () => request.result.createObjectStore(STORE);
      request.onsuccess = () => give(request.result);
      request.onerror = request.onblocked = () => give(null);
    } catch {
      give(null);
    }
  });
}

function done<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}
