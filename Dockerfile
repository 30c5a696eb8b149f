# The image of the site: `docker build -t cercle .`
# Three stages: the front end, the Python packages, and the small image that runs them as a user without rights.

FROM node:22-slim AS front-end
WORKDIR /build
COPY package.json package-lock.json .npmrc ./
RUN npm ci --omit=dev
COPY frontend frontend
RUN node frontend/build.mjs

FROM python:3.13-slim AS packages
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PIP_ROOT_USER_ACTION=ignore
WORKDIR /build
COPY requirements.lock requirements-build.lock ./
RUN python -m venv /opt/cercle \
    && /opt/cercle/bin/pip install --require-hashes --no-deps --requirement requirements.lock \
    && pip install --require-hashes --no-deps --requirement requirements-build.lock
COPY . .
COPY --from=front-end /build/core/static/dist core/static/dist
RUN pip wheel --no-deps --no-build-isolation --wheel-dir /wheel . \
    && /opt/cercle/bin/pip install --no-deps /wheel/*.whl

FROM python:3.13-slim
LABEL org.opencontainers.image.title="Cercle" \
      org.opencontainers.image.description="Secure team spaces with plugins: wiki, blog, files, directory"
RUN groupadd --system --gid 10001 cercle \
    && useradd --system --uid 10001 --gid cercle --home-dir /data --no-create-home cercle \
    && install --directory --owner cercle --group cercle /data
COPY --from=packages /opt/cercle /opt/cercle
ENV PATH=/opt/cercle/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 CERCLE_DATA_DIR=/data
USER cercle
WORKDIR /data
VOLUME /data
EXPOSE 8000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s --retries=3 \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/readyz', timeout=2)"]
ENTRYPOINT ["cercle"]
CMD ["serve", "--host", "0.0.0.0", "--port", "8000"]
