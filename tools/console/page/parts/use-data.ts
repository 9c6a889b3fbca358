import { useSignal, type Signal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { ApiError, get } from '../api.js';

export interface Loaded<Data> {
  readonly data: Signal<Data | undefined>;
  readonly error: Signal<ApiError | undefined>;
  /** Reads again and keeps the present data until the response. */
  readonly reload: () => Promise<void>;
}

/** Reads `url` when it changes. The response of an earlier address is ignored. */
export function useData<Data>(url: string): Loaded<Data> {
  const data = useSignal<Data | undefined>(undefined);
  const error = useSignal<ApiError | undefined>(undefined);
  const current = useSignal(url);
  const load = async (): Promise<void> => {
    try {
      const found = await get<Data>(url);
      if (current.peek() !== url) return;
      data.value = found;
      error.value = undefined;
    } catch (failure) {
      if (current.peek() === url && failure instanceof ApiError) error.value = failure;
    }
  };
  useEffect(() => {
    current.value = url;
    data.value = undefined;
    error.value = undefined;
    void load();
  }, [url]);
  return { data, error, reload: load };
}
