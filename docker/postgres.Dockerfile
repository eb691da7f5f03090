# PostgreSQL with HypoPG, so that index suggestions are verified by the server's own planner.
FROM postgres:16-bookworm
RUN apt-get update \
  && apt-get install -y --no-install-recommends postgresql-16-hypopg \
  && rm -rf /var/lib/apt/lists/*
