# One image for all roles; the command says which. Runs as a user without rights, on a read-only root.
# Everything installed is locked to its hashes, what builds the package too; settings are mounted, not built in.
FROM python:3.11-slim AS build
WORKDIR /src
RUN python -m venv /opt/venv && python -m venv /opt/build
COPY requirements/runtime.txt requirements/build.txt requirements/
RUN /opt/venv/bin/pip install --no-cache-dir --require-hashes -r requirements/runtime.txt \
 && /opt/build/bin/pip install --no-cache-dir --require-hashes -r requirements/build.txt
COPY pyproject.toml README.md LICENSE ./
COPY monitor monitor
COPY streams streams
COPY config config
RUN /opt/build/bin/pip wheel --no-index --no-deps --no-build-isolation --wheel-dir /dist . \
 && /opt/venv/bin/pip install --no-index --no-deps --no-cache-dir /dist/*.whl

FROM python:3.11-slim
RUN useradd --system --uid 10001 --create-home monitor \
 && mkdir /data && chown monitor /data
COPY --from=build /opt/venv /opt/venv
ENV PATH=/opt/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1
USER monitor
VOLUME /data
ENTRYPOINT ["opinion-monitor"]
CMD ["--help"]
