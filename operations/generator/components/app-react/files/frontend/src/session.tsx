// Who is signed in, and what they may do.
import { createContext, type ReactNode, use, useMemo } from "react";

import { answered, api, type Schemas } from "./api/client";
import { useLoaded } from "./loading";

export type Action = "list" | "read" | "create" | "update" | "delete";

interface Session {
  user: Schemas["SessionUser"] | null;
  may: (action: Action, slug: string) => boolean;
  reload: () => void;
  signOut: () => Promise<void>;
}

const SessionContext = createContext<Session | undefined>(undefined);

export function SessionProvider({ children }: { children: ReactNode }) {
  const { data, error, reload } = useLoaded("session", () => answered(api.GET("/api/session/")));
  const session = useMemo<Session>(
    () => ({
      user: data?.user ?? null,
      may: (action, slug) => data?.may[slug]?.includes(action) ?? false,
      reload,
      signOut: async () => {
        await answered(api.DELETE("/api/session/"));
        reload();
      },
    }),
    [data, reload],
  );
  if (error) {
    return (
      <main className="page">
        <h1>The app does not answer</h1>
        <p>{error.message}</p>
        <p><button className="btn btn--primary" onClick={reload}>Try again</button></p>
      </main>
    );
  }
  return data ? <SessionContext value={session}>{children}</SessionContext> : null;
}

export function useSession(): Session {
  const session = use(SessionContext);
  if (!session) throw new Error("There is no SessionProvider around this.");
  return session;
}
