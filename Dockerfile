# syntax=docker/dockerfile:1
# The distribution, without the embedded PostgreSQL of the demo, on a Java runtime, as an ordinary user.

FROM maven:3.9-eclipse-temurin-17 AS build
WORKDIR /build
COPY .mvn .mvn
COPY pom.xml ./
COPY config config
COPY migrator migrator
COPY gateway gateway
COPY deploy deploy
RUN --mount=type=cache,target=/root/.m2 mvn -B -ntp -q -DskipTests package \
 && rm -rf gateway/target/tenantgate/lib/demo gateway/target/tenantgate/lib/*.jsa gateway/target/tenantgate/lib/*.aot

FROM eclipse-temurin:25-jre
RUN groupadd --system --gid 10001 tenantgate \
 && useradd --system --uid 10001 --gid tenantgate --home-dir /nonexistent --shell /usr/sbin/nologin tenantgate
COPY --from=build /build/gateway/target/tenantgate /opt/tenantgate
# The AOT cache belongs to the very runtime that uses it, so it is made here; ordinary users only read it.
RUN /opt/tenantgate/bin/tenantgate warm-up \
 && chmod -R a+rX /opt/tenantgate
# Mount tenantgate.yaml and migrations/ here: a settings file in the working directory is found without an option.
WORKDIR /etc/tenantgate
USER 10001:10001
EXPOSE 6432 9640
# Without curl: the admin port's answer, read by bash. With another admin port, override it or use the orchestrator's probe.
HEALTHCHECK --interval=10s --timeout=3s --start-period=10s --retries=3 \
  CMD ["bash", "-c", "exec 3<>/dev/tcp/127.0.0.1/9640 && printf 'GET /livez HTTP/1.0\\r\\nHost: localhost\\r\\n\\r\\n' >&3 && IFS= read -r -t 2 line <&3 && [[ $line == *' 200 '* ]]"]
ENTRYPOINT ["/opt/tenantgate/bin/tenantgate"]
CMD ["serve"]
