# One image for the service and the workers. Redis is not in it: set REDIS_URL (docker-compose.yml shows how).
# The Node major is the LTS that .ci/run tests with; a test compares the two.
FROM node:26-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --include=dev --no-audit --no-fund
COPY tsconfig.json tsconfig.build.json ./
COPY scripts ./scripts
COPY src ./src
COPY rules ./rules
COPY workers ./workers
COPY stand-ins ./stand-ins
COPY demo ./demo
COPY test ./test
RUN npm run build && npm prune --omit=dev --no-audit --no-fund

FROM node:26-bookworm-slim
ENV NODE_ENV=production DATA_DIR=/data
WORKDIR /app
COPY package.json ./
COPY bin ./bin
COPY --from=build /app/node_modules ./node_modules
COPY --from=build /app/dist ./dist
# A volume that is first mounted here takes over this folder's owner.
RUN install --directory --owner=node --group=node --mode=0700 /data
USER node
VOLUME /data
EXPOSE 8080
# More room for what lives as long as a call's answer: with Node's own 16 MB a quarter of the time goes into moving it about (docs/benchmarks.md).
CMD ["node", "--enable-source-maps", "--max-semi-space-size=32", "--no-allocation-site-pretenuring", "dist/src/server.js"]
