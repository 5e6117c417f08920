# One image for all roles; the command says which. Runs as a user without rights, on a read-only root.
FROM python:3.11-slim AS build
WORKDIR /src
RUN python -m venv /opt/venv
COPY requirements/runtime.txt requirements/runtime.txt
RUN /opt/venv/bin/pip install --no-cache-dir --require-hashes -r requirements/runtime.txt
COPY pyproject.toml README.md LICENSE ./
COPY monitor monitor
COPY streams streams
COPY config config
RUN /opt/venv/bin/pip install --no-cache-dir --no-deps .

FROM python:3.11-slim
RUN useradd --system --uid 10001 --create-home monitor \
 && mkdir /data && chown monitor /data
COPY --from=build /opt/venv /opt/venv
COPY --chown=root:root config /etc/opinion-monitor
ENV PATH=/opt/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    OPINION_MONITOR_CONFIG=/etc/opinion-monitor/monitor.toml
USER monitor
VOLUME /data
ENTRYPOINT ["opinion-monitor"]
CMD ["--help"]
