#!/bin/sh
# Ringthrough's go-bag: sets the routing of numbers at their carriers by hand, when Ringthrough itself is gone.
# Needs a POSIX shell, its ordinary tools and curl; openssl too for carriers whose requests are signed. See docs/go-bag.md.
set -u
umask 077
LC_ALL=C
export LC_ALL

usage() {
  cat <<'USAGE'
Usage: gobag.sh divert|restore [option ...] [primary|number ...]
       gobag.sh list [option ...] [primary|number ...]

  divert    leads the calls of these numbers to their backup, or of all numbers
  restore   puts back the routing that they had before
  list      shows the numbers, and where divert leads them

  --carrier ID   only the numbers at this carrier
  --dry-run      show the requests, send none
  --no-save      do not save the present routing before a divert
  --yes          do not ask

Secrets are taken from the environment; `list` and --dry-run need none.
Ends with 0 when all was done, 1 when something was not, 2 on a wrong call, 3 when a secret or a tool is missing, 4 when the answer was no.
USAGE
}

die() { # code message
  printf 'gobag: %s\n' "$2" >&2
  exit "$1"
}

MODE=${1-}
case $MODE in
  divert | restore | list | carriers-of) shift ;;
  -h | --help | help) usage; exit 0 ;;
  *) usage >&2; exit 2 ;;
esac
ONLY='' DRY=0 YES=0 SAVE=1 WANTED=' ' COUNT=0
while [ $# -gt 0 ]; do
  case $1 in
    --carrier) [ $# -gt 1 ] || die 2 '--carrier needs the id of a carrier'; ONLY=$2; shift ;;
    --dry-run) DRY=1 ;;
    --yes) YES=1 ;;
    --no-save) SAVE=0 ;;
    -h | --help) usage; exit 0 ;;
    -*) die 2 "there is no option $1" ;;
    *' '* | '') die 2 'a primary or a number has no spaces' ;;
    *) WANTED="$WANTED$1 "; COUNT=$((COUNT + 1)) ;;
  esac
  shift
done

SELF=$0
[ -r "$SELF" ] || die 2 'run it as a file: sh gobag.sh ...'
[ "$(tail -n 1 "$SELF")" = '# The end of the go-bag.' ] || die 2 "$SELF is only a part: it has no end"
STATE=${GOBAG_STATE:-$(dirname "$SELF")/gobag-state}
# How long what the carrier carries out later is waited for, seconds.
PATIENCE=${GOBAG_PATIENCE:-600}
NOW=$(date +%s)
TAB=$(printf '\t')
C='' SELECTED=0 DONE=0 FAILED=0 UNABLE=0 TOLD=' ' BAD=0 ORDERS='' WHY='' STATUS='' NUMBER='' TO=''

# --- what stands in requests

escape_config() { printf %s "$1" | sed 's/[\\"]/\\&/g'; }
as_form() { printf %s "$1" | od -An -v -tx1 | tr -d '\n' | tr ' ' '%'; }
as_json() { escape_config "$1"; }
as_xml() { printf %s "$1" | sed "s/&/\\&amp;/g; s/</\\&lt;/g; s/>/\\&gt;/g; s/\"/\\&quot;/g; s/'/\\&apos;/g"; }
as_text() { printf %s "$1"; }
digest() { openssl dgst "-$1" | sed 's/^.* //'; } # of what it reads, hexadecimal

# Secrets as they stand in bodies, each in a variable S_<carrier>_<how>, set once.
secret() { # carrier how
  eval "s_name=\$ENV_$1"
  if [ "$DRY" = 1 ]; then eval "S_$1_$2=\"\\\$\$s_name\""; else eval "s_value=\$$s_name"; eval "S_$1_$2=\$(as_$2 \"\$s_value\")"; fi
}

# --- one request

config() { # method path headers body: what curl is told on its standard input, where nobody sees it
  printf '%s\n%s\n' "$C_HEADERS" "$3"
  [ ! -s "$TMP/body" ] || printf 'data-binary = "@%s"\n' "$(escape_config "$TMP/body")"
  eval "k_secret=\${$C_ENV-}"
  case $C_AUTH in
    basic) printf 'user = "%s"\n' "$(escape_config "$C_USER:$k_secret")" ;;
    bearer) printf 'header = "Authorization: Bearer %s"\n' "$(escape_config "$k_secret")" ;;
    header) printf 'header = "%s: %s"\n' "$C_HEADER" "$(escape_config "$k_secret")" ;;
    hmac) "sign_$C" "$1" "$2" "$4" "$k_secret" ;;
  esac
}

address() { # path, or a whole address
  case $1 in http://* | https://*) printf %s "$1" ;; *) printf %s "$C_BASE$1" ;; esac
}

ask() { # method path headers body seconds: sets STATUS, 000 without an answer; the answer is in $TMP/answer
  printf %s "$4" >"$TMP/body"
  : >"$TMP/answer"
  : >"$TMP/head"
  STATUS=$(config "$1" "$2" "$3" "$4" | curl -q -sS -g -K - -X "$1" --connect-timeout 5 --max-time "$5" -D "$TMP/head" -o "$TMP/answer" -w '%{http_code}' --url "$(address "$2")" 2>"$TMP/error") || STATUS=000
  sleep "$C_PAUSE" 2>/dev/null || sleep 1
}

said() { # the carrier's words, on one line
  if [ "$STATUS" = 000 ]; then tr '\n' ' ' <"$TMP/error"; else tr -d '\r' <"$TMP/answer" | tr '\n' ' '; fi | cut -c 1-300
}

has() { tr -d ' \t\r\n' <"$TMP/answer" | grep -E -q -e "$1"; }

is_done() { # by the answer alone, for carriers that answer 200 whatever became of it
  [ "$C_DONE" = '' ] || has "$C_DONE"
}

# Sends until it is done, or cannot be. Setting the same again does no harm; what would make a thing twice (`once`) is not sent again in doubt.
send() { # once|again method path headers body
  s_once=$1
  shift
  s_try=1
  while :; do
    ask "$1" "$2" "$3" "$4" 20
    case $STATUS in
      2??)
        if is_done; then SILENT=0; return 0; fi
        WHY="refused: $(said)"
        return 1
        ;;
      404)
        SILENT=0
        [ "$1" != DELETE ] || return 0
        WHY="HTTP 404: $(said)"
        return 1
        ;;
      429) ;;
      408 | 5?? | 000)
        SILENT=$((SILENT + 1))
        [ "$s_once" = again ] || s_try=9
        ;;
      *)
        SILENT=0
        WHY="HTTP $STATUS: $(said)"
        return 1
        ;;
    esac
    WHY="HTTP $STATUS: $(said)"
    [ "$s_try" -lt 3 ] || return 1
    s_wait=$(sed -n 's/^[Rr][Ee][Tt][Rr][Yy]-[Aa][Ff][Tt][Ee][Rr]:[[:space:]]*\([0-9]\{1,3\}\)[[:space:]]*$/\1/p' "$TMP/head" 2>/dev/null | tail -n 1)
    sleep "${s_wait:-$((s_try * 2))}"
    s_try=$((s_try + 1))
  done
}

show() { # method path headers body
  printf '  %s %s\n' "$1" "$(address "$2")"
  [ "$3" = '' ] || printf '%s\n' "$3" | sed 's/^/    /'
  [ "$4" = '' ] || printf '    %s\n' "$4"
}

# --- the words of the lines below

# One number: succeeds when there is something to be done for it.
n() { # carrier number primary customer where
  end_number
  use "$1"
  [ "$ONLY" = '' ] || [ "$ONLY" = "$C_ID" ] || return 1
  if [ "$COUNT" -gt 0 ]; then
    case $WANTED in
      *" $2 "* | *" $3 "*) ;;
      *) return 1 ;;
    esac
  fi
  case $MODE in
    list) printf '%s\t%s\t%s\t%s\t%s\n' "$2" "$3" "$4" "$C_ID" "$5"; return 1 ;;
    carriers-of) printf '%s\n' "$1"; return 1 ;;
  esac
  # What many numbers share is put back, and never moved.
  case $MODE$2 in divert@*) return 1 ;; esac
  if [ "$MODE" = divert ] && [ "$5" = '' ]; then
    UNABLE=$((UNABLE + 1))
    printf 'cannot divert %s: its plan leads nowhere\n' "$2"
    return 1
  fi
  SELECTED=$((SELECTED + 1))
  NUMBER=$2 TO=$5 BAD=0 ORDERS=''
  if [ "$DRY" = 0 ] && [ "$SILENT" -ge 9 ]; then
    WHY="$C_ID does not answer, and was left alone"
    BAD=1
  fi
  [ "$DRY" = 0 ] || printf '%s %s (%s)\n' "$MODE" "$NUMBER" "$C_ID"
  return 0
}

# A number that cannot be set by hand, and why.
x() { # carrier number primary customer why
  end_number
  use "$1"
  [ "$ONLY" = '' ] || [ "$ONLY" = "$C_ID" ] || return 0
  if [ "$COUNT" -gt 0 ]; then
    case $WANTED in
      *" $2 "* | *" $3 "*) ;;
      *) return 0 ;;
    esac
  fi
  case $MODE in
    list) printf '%s\t%s\t%s\t%s\tcannot: %s\n' "$2" "$3" "$4" "$C_ID" "$5" ;;
    carriers-of) ;;
    *) UNABLE=$((UNABLE + 1)); printf 'cannot %s %s: %s\n' "$MODE" "$2" "$5" ;;
  esac
}

end_number() {
  [ "$NUMBER" != '' ] || return 0
  if [ "$DRY" = 1 ]; then :
  elif [ "$BAD" != 0 ]; then is_failed
  elif [ "$ORDERS" != '' ]; then printf '%s\t%s\t%s\t%s\n' "$C" "$ORDERS" "$NUMBER" "$TO" >>"$TMP/orders"
  else is_set
  fi
  NUMBER=''
}

is_set() {
  DONE=$((DONE + 1))
  if [ "$MODE" = divert ]; then printf 'diverted %s to %s\n' "$NUMBER" "$TO"; else printf 'restored %s\n' "$NUMBER"; fi
}

is_failed() {
  FAILED=$((FAILED + 1))
  printf 'FAILED %s (%s): %s\n' "$NUMBER" "$C_ID" "$WHY"
  printf '%s\t%s\n' "$NUMBER" "$WHY" >>"$STATE/failed-$NOW"
}

# The carrier of the lines that follow. Whether it answers is remembered of each.
use() {
  [ "$C" != "$1" ] || return 0
  [ "$C" = '' ] || eval "SILENT_$C=\$SILENT"
  C=$1
  "carrier_$C"
  eval "SILENT=\${SILENT_$C-0}"
}

# Saves what is there before it is changed. That it cannot be saved stops nothing.
s() { # method path headers body
  [ "$MODE" = divert ] && [ "$SAVE" = 1 ] && [ "$BAD" = 0 ] || return 0
  if [ "$DRY" = 1 ]; then show "$@"; return 0; fi
  ask "$@" 5
  case $STATUS in
    2??) mv "$TMP/answer" "$STATE/saved/$NUMBER.$C_ID.$NOW" ;;
    *) printf 'the present routing of %s could not be saved (HTTP %s)\n' "$NUMBER" "$STATUS" ;;
  esac
}

# Makes what the next lines name by an id, once: its id is kept beside the script.
m() { # divert|restore variable key member method path headers body
  [ "$MODE" = "$1" ] && [ "$BAD" = 0 ] || return 0
  eval "m_id=\${$2-}"
  [ "$m_id" = '' ] || return 0
  if [ "$DRY" = 1 ]; then
    m_variable=$2
    shift 4
    show "$@"
    eval "$m_variable='<the id in the answer>'"
    return 0
  fi
  m_variable=$2 m_key="$C_ID $3" m_member=$4
  if [ -f "$STATE/made" ]; then
    while read -r m_known m_of; do [ "$m_of" != "$m_key" ] || m_id=$m_known; done <"$STATE/made"
  fi
  if [ "$m_id" = '' ]; then
    shift 4
    if ! send once "$@"; then BAD=1; return 0; fi
    m_id=$(tr -d ' \t\r\n' <"$TMP/answer" | sed -n "s/.*[{,]\"$m_member\":\"\{0,1\}\([0-9A-Za-z_-]\{1,64\}\)\"\{0,1\}[,}].*/\1/p")
    if [ "$m_id" = '' ]; then
      BAD=1 WHY="it did not say which $m_member it made: $(said)"
      return 0
    fi
    printf '%s %s\n' "$m_id" "$m_key" >>"$STATE/made"
  fi
  eval "$m_variable=\$m_id"
}

# What diverts, and what restores; a second request is sent when the first is refused.
d() { [ "$MODE" != divert ] || go "$@"; }
r() { [ "$MODE" != restore ] || go "$@"; }
go() { # method path headers body [method path headers body]
  [ "$BAD" = 0 ] || return 0
  if [ "$DRY" = 1 ]; then show "$1" "$2" "$3" "$4"; return 0; fi
  if send again "$1" "$2" "$3" "$4"; then note_order; return 0; fi
  case $#$STATUS in
    8[24]??) if send again "$5" "$6" "$7" "$8"; then note_order; return 0; fi ;;
  esac
  BAD=1
}

# What is carried out later is waited for in the end, that of all numbers together.
note_order() {
  [ "$C_ORDER" != '' ] || return 0
  o_id=$(tr -d ' \t\r\n' <"$TMP/answer" | sed -n "s|.*$C_ORDER_BEFORE\([0-9A-Za-z-]\{1,64\}\).*|\1|p")
  if [ "$o_id" = '' ]; then BAD=1 WHY="it did not say which order it made: $(said)"; else ORDERS="$ORDERS${ORDERS:+ }$o_id"; fi
}

# One order: succeeds when it has come to its end; with BAD=1 and WHY when that is none that is wanted.
order_ended() { # id
  ask GET "$C_ORDER$1" '' '' 20
  case $STATUS in
    2??)
      if has "$C_ORDER_WORKING"; then WHY="order $1 is not carried out yet"; return 1; fi
      if ! has "$C_ORDER_DONE"; then BAD=1 WHY="order $1 failed: $(said)"; fi
      ;;
    408 | 429 | 5?? | 000) WHY="what became of order $1 is not known: HTTP $STATUS: $(said)"; return 1 ;;
    *) BAD=1 WHY="what became of order $1 is not known: HTTP $STATUS: $(said)" ;;
  esac
}

# A number whose orders are all carried out is set; one that is not when the time is over has failed.
await_orders() {
  [ -s "$TMP/orders" ] || return 0
  printf 'waiting for what the carrier carries out later: %s numbers\n' "$(wc -l <"$TMP/orders" | tr -d ' ')"
  a_wait=1 a_waited=0
  while [ -s "$TMP/orders" ]; do
    : >"$TMP/left"
    while IFS="$TAB" read -r a_carrier a_orders NUMBER TO; do
      use "$a_carrier"
      BAD=0
      while [ "$a_orders" != '' ] && order_ended "${a_orders%% *}" && [ "$BAD" = 0 ]; do
        case $a_orders in *' '*) a_orders=${a_orders#* } ;; *) a_orders='' ;; esac
      done
      if [ "$BAD" = 1 ] || { [ "$a_orders" != '' ] && [ "$a_waited" -ge "$PATIENCE" ]; }; then is_failed
      elif [ "$a_orders" = '' ]; then is_set
      else printf '%s\t%s\t%s\t%s\n' "$a_carrier" "$a_orders" "$NUMBER" "$TO" >>"$TMP/left"
      fi
    done <"$TMP/orders"
    mv "$TMP/left" "$TMP/orders"
    [ -s "$TMP/orders" ] || break
    sleep "$a_wait"
    a_waited=$((a_waited + a_wait))
    [ "$a_wait" -ge 16 ] || a_wait=$((a_wait * 2))
  done
  NUMBER=''
}

# What many numbers share, led away by Ringthrough: nothing here puts it back, so that it is told, once.
g() { # id what-it-was
  [ "$MODE" = restore ] || return 0
  case $TOLD in *" $C_ID/$1 "*) return 0 ;; esac
  TOLD="$TOLD$C_ID/$1 "
  UNABLE=$((UNABLE + 1))
  printf 'PUT BACK BY HAND at %s: %s, which was: %s\n' "$C_ID" "$1" "$2"
}

end() {
  end_number
  case $MODE in list | carriers-of) return 0 ;; esac
  if [ "$DRY" = 1 ]; then
    printf '%s numbers; nothing was sent\n' "$SELECTED"
    return 0
  fi
  await_orders
  printf '%s of %s numbers done, %s failed, %s cannot be set by hand\n' "$DONE" "$((SELECTED + UNABLE))" "$FAILED" "$UNABLE"
  if [ "$FAILED" -gt 0 ]; then
    printf 'Those that failed are in %s; try them again: sh %s %s $(cut -f 1 %s)\n' "$STATE/failed-$NOW" "$SELF" "$MODE" "$STATE/failed-$NOW"
    return 1
  fi
  [ "$UNABLE" = 0 ]
}

# --- before anything is sent

begin() { # made-at
  case $MODE in list | carriers-of) return 0 ;; esac
  printf 'This go-bag was made at %s.\n' "$1"
  [ "$DRY" = 0 ] || return 0
  command -v curl >/dev/null 2>&1 || die 3 'curl is needed'
  TMP=$(mktemp -d) || die 3 'a temporary folder is needed'
  trap 'rm -rf "$TMP"' EXIT
  trap 'exit 130' INT TERM HUP
  mkdir -p "$STATE/saved" || die 3 "$STATE cannot be made"
  # Itself, for the carriers of what was chosen.
  set -- carriers-of
  [ "$ONLY" = '' ] || set -- "$@" --carrier "$ONLY"
  # shellcheck disable=SC2086 # as many words as were given
  sh "$SELF" "$@" $WANTED | sort | uniq -c >"$TMP/carriers"
  b_missing='' b_total=0
  while read -r b_count b_carrier; do
    use "$b_carrier"
    printf '  %s numbers at %s\n' "$b_count" "$C_NAME"
    b_total=$((b_total + b_count))
    eval "b_value=\${$C_ENV-}"
    [ "$b_value" != '' ] || b_missing="$b_missing $C_ENV"
    case $b_value in *'
'*) die 3 "$C_ENV has more than one line" ;; esac
    [ "$C_AUTH" != hmac ] || command -v openssl >/dev/null 2>&1 || die 3 "openssl is needed: the requests to $C_ID are signed"
    printf '%s\n' "$b_carrier" >>"$TMP/used"
  done <"$TMP/carriers"
  [ "$b_missing" = '' ] || die 3 "set these in the environment first:$b_missing"
  [ "$b_total" -gt 0 ] || die 2 'there is none of these in it that can be set by hand: see list'
  [ "$YES" = 1 ] && return 0
  [ -t 0 ] || die 4 'there is nobody to ask: say --yes'
  printf '%s these %s numbers? [yes/no] ' "$MODE" "$b_total"
  read -r b_answer || b_answer=no
  [ "$b_answer" = yes ] || die 4 'nothing was sent'
}

# Calls its arguments for a carrier that is used in this run.
if_used() { # carrier command ...
  case $MODE in list | carriers-of) return 0 ;; esac
  if [ "$DRY" = 0 ]; then grep -q -x -e "$1" "$TMP/used" 2>/dev/null || return 0; fi
  shift
  "$@"
}

