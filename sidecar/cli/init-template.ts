/** What `outrider init` writes: an enforcing configuration that explains itself. */
export const initTemplate = `# Outrider's configuration. \`outrider config check --print\` shows what comes of it,
# \`outrider config schema\` prints its JSON Schema for editors. Flags and OUTRIDER_* variables win over this file.

# What plugins that do not say otherwise may do:
#   enforce: act (a guard that says no is obeyed)    observe: only report
mode: enforce

# The proxy in front of the backend. Without an upstream there is none.
http:
  upstream: http://127.0.0.1:3000
  listen: 127.0.0.1:8080
  # How many proxies of your own stand in front of this one; their X-Forwarded-For is believed.
  trustedHops: 0
  # Routes are guessed from paths; name the ones that are guessed wrongly, e.g. /files/:path*
  routes: []

# The tap before PostgreSQL: point the backend's DATABASE_URL to \`listen\`. Without an upstream there is none.
# sql:
#   upstream: 127.0.0.1:5432
#   listen: 127.0.0.1:5433
#   # A read-only user of the same database, so that slow statements can be explained:
#   inspectUrl: postgresql://readonly@127.0.0.1:5432/app

# What is kept, and where. Without databaseUrl events lie in dataDir, in an embedded PostgreSQL.
dataDir: .outrider
record:
  days: 7
  # databaseUrl: postgresql://outrider@127.0.0.1:5432/outrider
  # redisUrl: redis://127.0.0.1:6379

# Editors, browsers, scripts and the command line speak to this port. It always asks for the token.
gateway:
  listen: 127.0.0.1:7070

# In order: guards run, and arounds wrap, as listed. Built-ins that are not listed run after these with their defaults.
#   mode: enforce, observe or off    options: see each plugin's README
plugins:
  - plugin: api-keys
    mode: enforce
  - plugin: injection-filter
    mode: enforce
`;
