# One image for every program of the project; the container's command selects the program.
# The classic builder suffices. With private registries:
#   docker build --build-arg IMAGE_PREFIX=registry.example/ --build-arg NPM_REGISTRY=https://npm.example/ .
ARG IMAGE_PREFIX=

FROM ${IMAGE_PREFIX}node:24-slim AS packages
ARG NPM_REGISTRY=
WORKDIR /app
COPY package.json package-lock.json ./
# Install scripts are skipped: only development packages have some.
RUN npm ci ${NPM_REGISTRY:+--registry=$NPM_REGISTRY} --ignore-scripts --no-audit --no-fund

FROM packages AS production
# Type declarations, source maps and documentation are half of the remaining size and unused at run time.
RUN npm prune --omit=dev --ignore-scripts --no-audit --no-fund \
 && chmod 644 package.json \
 && find node_modules -type f \( -name '*.d.ts' -o -name '*.d.mts' -o -name '*.d.cts' -o -name '*.map' -o -name '*.md' \) -delete

FROM packages AS build
COPY . .
# The umask of the clone decides the modes here; the containers' users read these files. (COPY --chmod needs BuildKit.)
RUN node tools/run/compile.mjs \
 && chmod -R u=rwX,go=rX deploy \
 && chmod 755 deploy/compose/bin/*

FROM ${IMAGE_PREFIX}node:24-slim
ENV NODE_ENV=production
WORKDIR /app
# Mount points of volumes; a new volume inherits the owner.
RUN install -d -o node -g node /var/lib/clone /var/lib/gateway \
      /secrets/postgres /secrets/rabbitmq /secrets/provision /secrets/operator /secrets/observability /secrets/console \
      /secrets/order /secrets/inventory /secrets/payment /secrets/welcome
COPY --from=build /app/deploy/compose/bin /usr/local/bin/
COPY --from=build /app/deploy/compose/*.conf ./deploy/compose/
COPY --from=build /app/deploy/tls ./deploy/tls
COPY --from=build /app/deploy/observability ./deploy/observability
COPY --from=production /app/package.json ./
COPY --from=production /app/node_modules ./node_modules
COPY --from=build /app/dist ./dist
USER node
# Node.js is process 1 and receives SIGTERM, which starts a graceful shutdown.
ENTRYPOINT ["node", "--max-old-space-size=80", "--max-semi-space-size=4", "--enable-source-maps"]
