#!/usr/bin/env bash
# The main job through the HTTP API with curl alone: spawn a Social World, talk, build, watch it live,
# add weather, build again, and see that nothing was lost.
#
#   tests/e2e/main_job.sh BASE_URL API_KEY [PROJECT_NAME]
#
# Prints one line per step with the seconds it took; exits 1 at the first thing that is not as promised.
set -euo pipefail

usage() { sed -n '2,7s/^# \{0,1\}//p' "$0"; }
case "${1:-}" in -h | --help | "") usage; exit 0 ;; esac

base=${1%/} key=${2:?an API key is the second argument: manage.py create_api_key} name=${3:-e2e-$(date +%s)}
port=${base##*:} started=$(date +%s.%N)

say() { printf '%7.2f s  %s\n' "$(python3 -c "import time; print(time.time() - $started)")" "$*"; }
fail() { printf 'FAILED: %s\n' "$*" >&2; exit 1; }

# field EXPRESSION: reads JSON on standard input, prints a Python expression over it (`d` is the document).
field() { python3 -c "import json, sys; d = json.load(sys.stdin); value = $1; print(json.dumps(value) if isinstance(value, (dict, list, bool)) else value)"; }

api() { # METHOD PATH [JSON]
  local method=$1 path=$2 body=${3:-}
  curl --silent --show-error --fail-with-body --max-time 60 -X "$method" "$base/api$path" \
    -H "X-API-Key: $key" -H 'Content-Type: application/json' ${body:+--data "$body"} || fail "$method $path"
}

# App host names resolve to loopback in browsers; curl is told so.
app() { curl --silent --show-error --fail --max-time 10 --resolve "$1:$port:127.0.0.1" "http://$1:$port$2"; }

chat() { # MESSAGE → the reply, on standard output
  api POST "/projects/$project/blueprints/$blueprint/chat" "$(python3 -c 'import json, sys; print(json.dumps({"message": sys.argv[1]}))' "$1")"
}

follow() { # OPERATION: streams its events until the terminal one, which must be "complete"
  curl --silent --show-error --no-buffer --max-time 120 "$base/api/operations/$1/stream" -H "X-API-Key: $key" |
    python3 -c '
import json, sys
last = None
for line in sys.stdin:
    if line.startswith("data:"):
        last = json.loads(line[5:])
        if last["type"] == "phase":
            print("           ", last["phase"], last["status"], flush=True)
sys.exit(0 if last and last["type"] == "complete" else print(last) or 1)' || fail "operation $1 did not complete"
}

expect() { # WHAT PYTHON-CONDITION: over the JSON document on standard input
  python3 -c "import json, sys; d = json.load(sys.stdin); sys.exit(0 if ($2) else (print(json.dumps(d)[:2000], file=sys.stderr) or 1))" || fail "$1"
}

spawned=$(api POST /projects "{\"name\": \"$name\", \"template\": \"social-world\"}")
project=$(field 'd["data"]["slug"]' <<<"$spawned")
follow "$(field 'd["data"]["operationId"]' <<<"$spawned")"
api GET "/projects/$project" | expect "the project is live" 'd["data"]["status"] == "live"'
app "staging.$project.localhost" /healthz >/dev/null || fail "staging answers"
app "$project.localhost" /healthz >/dev/null || fail "production answers"
say "$project is live"

blueprint=$(api POST "/projects/$project/blueprints" '{"featureName": "Aeries"}' | field 'd["data"]["id"]')
chat "I want agents that walk around a 2D world and have conversations" |
  expect "asks how agents choose whom to talk to" '"proximity" in d["reply"].lower() and "interest" in d["reply"].lower()'
chat "Proximity - they talk to whoever is nearby" |
  expect "asks who sees conversations" '"click" in d["reply"].lower()'
chat "Visible as speech bubbles above agents" |
  expect "the plan is complete" '"Plan looks complete. Ready to build?" in d["reply"] and d["blueprint"]["readyToBuild"]'
say "the plan is complete"

building=$(api POST "/projects/$project/blueprints/$blueprint/build")
follow "$(field 'd["data"]["operationId"]' <<<"$building")"
say "the world is built"
for _ in $(seq 40); do # people have to meet first
  talks=$(app "staging.$project.localhost" /api/conversations/ | field 'd["count"]')
  if ((talks > 0)); then break; fi
  sleep 1
done
app "staging.$project.localhost" /api/agents/ | expect "agents live there" 'd["count"] > 0 and {"id", "name", "x", "y"} <= set(d["results"][0])'
app "staging.$project.localhost" /api/conversations/ | expect "they have talked" 'd["count"] > 0'
first=$(app "staging.$project.localhost" "/api/conversations/?ordering=id" | field 'd["results"][0]["id"]')
say "agents walk and talk"

chat "Add a weather system" | expect "weather is planned" '"weather" in json.dumps(d["blueprint"]).lower() and d["blueprint"]["readyToBuild"]'
building=$(api POST "/projects/$project/blueprints/$blueprint/build")
follow "$(field 'd["data"]["operationId"]' <<<"$building")"
app "staging.$project.localhost" /api/weather/ | expect "there is weather" '"kind" in json.dumps(d)'
app "staging.$project.localhost" "/api/conversations/$first/" | expect "earlier conversations are kept" "str(d['id']) == '$first'"
api GET "/projects/$project/ledger" | expect "every planned item is met" 'd["data"] and all(entry["status"] == "met" for entry in d["data"])'
say "weather is there, nothing was lost"
