// Asking the service while a page stands: data, trouble, or not yet.
import { useCallback, useEffect, useState } from "react";

import { ApiError } from "./api/client";

export interface Loaded<Data> {
  data: Data | undefined;
  error: ApiError | undefined;
  reload: () => void;
}

/** `key` names what is asked for; a new key asks anew, and late answers to an old one are dropped. */
export function useLoaded<Data>(key: string, ask: () => Promise<Data>): Loaded<Data> {
  const [state, setState] = useState<{ key: string; data?: Data; error?: ApiError }>({ key });
  const [turn, setTurn] = useState(0);
  useEffect(() => {
    let wanted = true;
    ask().then(
      (data) => wanted && setState({ key, data }),
      (error: unknown) => wanted && setState({ key, error: asApiError(error) }),
    );
    return () => {
      wanted = false;
    };
    // What is asked follows from the key alone.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [key, turn]);
  const reload = useCallback(() => setTurn((number) => number + 1), []);
  return { data: state.key === key ? state.data : undefined, error: state.key === key ? state.error : undefined, reload };
}

export function asApiError(error: unknown): ApiError {
  if (error instanceof ApiError) return error;
  return new ApiError(0, error instanceof Error ? error.message : String(error));
}
