# Two images from one file:
#   docker build --target operator -t wikigpt-operator .
#   docker build --target trainer -t wikigpt-trainer .
# TypeScript is run as it is, so an image holds sources, their production dependencies and nothing that was built.
# docs/images.md describes the arguments.

# Holds Node.js 24 and is what the finished images stand on.
ARG BASE_IMAGE=node:24-bookworm-slim
# Holds npm too; nothing of it is left in the finished images.
ARG BUILD_IMAGE=${BASE_IMAGE}

FROM ${BUILD_IMAGE} AS manifests
WORKDIR /app
RUN mkdir /compiled
COPY package.json package-lock.json LICENSE ./
COPY crds/schema/package.json crds/schema/
COPY operator/package.json operator/
COPY trainer-image/package.json trainer-image/
COPY examples/quickstart/generator/package.json examples/quickstart/generator/
ENV npm_config_audit=false npm_config_fund=false npm_config_update_notifier=false npm_config_prefer_offline=true \
    npm_config_cache=/var/cache/npm

FROM manifests AS operator-modules
RUN npm ci --omit=dev --ignore-scripts --workspace @wikigpt/operator \
 && npm sbom --sbom-format cyclonedx --package-lock-only --omit dev --workspace @wikigpt/operator > sbom.cdx.json \
 && find node_modules -name '*.d.ts' -delete \
 && rm -rf trainer-image examples

FROM manifests AS trainer-modules
# skip: the processor alone. cuda12: onnxruntime's libraries for CUDA 12 as well; BASE_IMAGE then brings CUDA and cuDNN.
ARG ONNXRUNTIME_NODE_INSTALL=skip
RUN npm ci --omit=dev --ignore-scripts --workspace @wikigpt/trainer --workspace @wikigpt/country-facts \
 && npm sbom --sbom-format cyclonedx --package-lock-only --omit dev --workspace @wikigpt/trainer \
      --workspace @wikigpt/country-facts > sbom.cdx.json \
 && if [ "$ONNXRUNTIME_NODE_INSTALL" != skip ]; then npm rebuild onnxruntime-node; fi \
 && cd node_modules/onnxruntime-node/bin/napi-v6 \
 && keep=linux/$(node -p process.arch) \
 && find . -mindepth 2 -maxdepth 2 ! -path "./$keep" -exec rm -rf {} + \
 && cd /app && find node_modules -name '*.d.ts' -delete \
 && rm -rf operator

FROM ${BASE_IMAGE} AS operator
ARG VERSION=0.1.0
ARG REVISION=
LABEL org.opencontainers.image.title="wikigpt-operator" \
      org.opencontainers.image.description="Trains, measures and serves small GPTs on Kubernetes" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}" \
      dev.wikigpt.sbom="/app/sbom.cdx.json"
COPY --from=operator-modules /app /app
COPY crds/schema /app/crds/schema
COPY operator /app/operator
WORKDIR /app
ENV NODE_ENV=production
# A number, so that runAsNonRoot can be checked without the image's list of users.
USER 65532:65532
# The sources as they are compiled, for a start in half the time; it counts for the user above alone.
COPY --from=operator-modules --chown=65532:65532 /compiled /compiled
ENV NODE_COMPILE_CACHE=/compiled
RUN ["node", "--input-type=module", "--eval", "await import('./operator/src/service/operator-service.ts')"]
EXPOSE 8080 8081
ENTRYPOINT ["node", "operator/src/serve-operator.ts"]

FROM ${BASE_IMAGE} AS trainer
ARG VERSION=0.1.0
ARG REVISION=
LABEL org.opencontainers.image.title="wikigpt-trainer" \
      org.opencontainers.image.description="Trains a GPT, measures it and serves it" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}" \
      dev.wikigpt.sbom="/app/sbom.cdx.json"
COPY --from=trainer-modules /app /app
COPY crds/schema /app/crds/schema
COPY trainer-image /app/trainer-image
COPY examples/quickstart/generator /app/examples/quickstart/generator
WORKDIR /app
ENV NODE_ENV=production
USER 65532:65532
COPY --from=trainer-modules --chown=65532:65532 /compiled /compiled
ENV NODE_COMPILE_CACHE=/compiled
RUN ["node", "--input-type=module", "--eval", "await Promise.all(['train', 'serve'].map((name) => import(`./trainer-image/src/commands/${name}.ts`)))"]
EXPOSE 8080
ENTRYPOINT ["node", "trainer-image/src/main.ts"]
