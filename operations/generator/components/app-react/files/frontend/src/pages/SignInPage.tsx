// Signing in, and making an account.
import { useState } from "react";
import { Link, useNavigate, useSearchParams } from "react-router";

import { answered, api, type ApiError } from "../api/client";
import { asApiError } from "../loading";
import { Icon } from "../parts/Icon";
import { Input } from "../parts/Input";
import { APP_NAME } from "../parts/Shell";
import type { Field } from "../records";
import { useSession } from "../session";

const FIELDS: readonly Field[] = [
  { name: "username", label: "name", type: "string", required: true },
  { name: "password", label: "password", type: "string", required: true },
];

export function SignInPage({ isNew = false }: { isNew?: boolean }) {
  const session = useSession();
  const navigate = useNavigate();
  const [params] = useSearchParams();
  const [values, setValues] = useState<Record<string, string>>({ username: "", password: "" });
  const [error, setError] = useState<ApiError>();
  const asked = params.get("next") ?? "/";
  const next = /^\/(?!\/)/.test(asked) ? asked : "/"; // never to another site
  const body = { username: values["username"] ?? "", password: values["password"] ?? "" };

  const signIn = async () => {
    try {
      await answered(isNew ? api.POST("/api/session/accounts/", { body }) : api.POST("/api/session/", { body }));
      session.reload();
      await navigate(next);
    } catch (trouble) {
      setError(asApiError(trouble));
    }
  };

  const words = isNew ? "Make an account" : "Sign in";
  const others = Object.entries(error?.fields ?? {}).filter(([name]) => !(name in values));
  return (
    <div className="app__body">
      <title>{`${words} · ${APP_NAME}`}</title>
      <main className="page page--narrow" id="main">
        <form className="card stack stack--wide" noValidate onSubmit={(event) => { event.preventDefault(); void signIn(); }}>
          <h1>{words}</h1>
          {error && (
            <p className="field__error" role="alert">
              <Icon name="alert" />{others.flatMap(([, said]) => said).join(" ") || error.message}
            </p>
          )}
          {FIELDS.map((field) => (
            <Input key={field.name} field={field} secret={field.name === "password"} value={values[field.name]}
              errors={error?.fields[field.name] ?? []}
              onChange={(value) => setValues((held) => ({ ...held, [field.name]: String(value) }))} />
          ))}
          <button className="btn btn--primary btn--lg btn--block" type="submit">{words}</button>
          <p className="small">
            {isNew
              ? <>Have one? <Link to={`/app/sign-in?${params}`}>Sign in</Link></>
              : <>New here? <Link to={`/app/sign-up?${params}`}>Make an account</Link></>}
          </p>
        </form>
      </main>
    </div>
  );
}
