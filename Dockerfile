# Tidewright's images. `docker build --target operator .` where there is Docker; scripts/image.sh builds the same file with
# buildah where there is not. Both final images hold the program, its libraries, CA certificates and time zones, and nothing else.
FROM debian:bookworm-slim AS sources
COPY scripts/packages.sh scripts/terminal.sh /packages/scripts/
# --list keeps the package names in one place for machines, CI and images alike.
RUN apt-get update \
 && apt-get install -y --no-install-recommends ca-certificates tzdata $(/packages/scripts/packages.sh --list build) \
 && rm -rf /var/lib/apt/lists/*
WORKDIR /src
COPY CMakeLists.txt CMakePresets.json ./
COPY cmake cmake
COPY operator operator
COPY app app
COPY tests/load tests/load
COPY scripts/image scripts/image
ENV CCACHE_DIR=/ccache

# One stage a program, so that an image waits for nothing but its own. The compiler's cache outlives the layer, so that an
# edit costs what it changed.
FROM sources AS operator-rootfs
RUN --mount=type=cache,target=/ccache \
    cmake --preset release -DTIDEWRIGHT_TESTS=OFF \
 && cmake --build --preset release --target tidewright \
 && strip build/release/operator/tidewright
RUN scripts/image/rootfs.sh /rootfs build/release/operator/tidewright

FROM sources AS app-rootfs
RUN --mount=type=cache,target=/ccache \
    cmake --preset release -DTIDEWRIGHT_TESTS=OFF \
 && cmake --build --preset release --target app \
 && strip build/release/app/app
ARG VERSION=dev
# What /version answers: two builds that differ in nothing else can so be told apart.
ARG APP_VERSION=$VERSION
# The file makes the layer another one for each version; buildah 1.28 would otherwise take the final ENV from its cache.
RUN scripts/image/rootfs.sh /rootfs build/release/app/app && echo "$APP_VERSION" >/rootfs/etc/app-version

FROM sources AS load-rootfs
RUN --mount=type=cache,target=/ccache \
    cmake --preset release -DTIDEWRIGHT_TESTS=OFF \
 && cmake --build --preset release --target openload \
 && strip build/release/tests/load/openload
RUN scripts/image/rootfs.sh /rootfs build/release/tests/load/openload

FROM scratch AS operator
ARG VERSION=dev
LABEL org.opencontainers.image.title="Tidewright" \
      org.opencontainers.image.description="Kubernetes operator that decides how many replicas an app has and which version they run" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="$VERSION"
COPY --from=operator-rootfs /rootfs /
USER 65532:65532
EXPOSE 8080
ENTRYPOINT ["/usr/bin/tidewright"]

FROM scratch AS app
COPY --from=app-rootfs /rootfs /
ARG VERSION=dev
ARG APP_VERSION=$VERSION
ENV APP_VERSION=$APP_VERSION
LABEL org.opencontainers.image.title="Tidewright reference app" \
      org.opencontainers.image.description="A small stateless HTTP service that shows and measures what scaling and rolling updates do" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="$VERSION"
USER 65532:65532
EXPOSE 8080
ENTRYPOINT ["/usr/bin/app"]

# The load generator of the demo, for clusters whose Services the host does not reach.
FROM scratch AS load
ARG VERSION=dev
LABEL org.opencontainers.image.title="Tidewright load generator" \
      org.opencontainers.image.description="Open-loop HTTP load that never retries" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="$VERSION"
COPY --from=load-rootfs /rootfs /
USER 65532:65532
ENTRYPOINT ["/usr/bin/openload"]
