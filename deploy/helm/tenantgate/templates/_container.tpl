{{- /* The container that copies the migrations out of their image; nothing where they have none. */ -}}
{{- define "tenantgate.migrations" -}}
{{- if .Values.migrations.image }}
- name: tenantgate-migrations
  image: {{ .Values.migrations.image | quote }}
  command: ["cp", "-r", "{{ .Values.migrations.imagePath }}/.", "/etc/tenantgate/migrations/"]
  volumeMounts:
    - {name: tenantgate-migrations, mountPath: /etc/tenantgate/migrations}
  {{- include "tenantgate.securityContext" . | nindent 2 }}
{{- end }}
{{- end -}}

{{- define "tenantgate.securityContext" -}}
securityContext:
  runAsNonRoot: true
  runAsUser: 10001
  runAsGroup: 10001
  allowPrivilegeEscalation: false
  readOnlyRootFilesystem: true
  capabilities: {drop: [ALL]}
  seccompProfile: {type: RuntimeDefault}
{{- end -}}

{{- /* The gateway's container, in a pod of its own or as a native sidecar. */ -}}
{{- define "tenantgate.container" -}}
- name: tenantgate
  image: "{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}"
  imagePullPolicy: {{ .Values.image.pullPolicy }}
  {{- if eq .Values.mode "sidecar" }}
  # Starts before the application and stops after it: no connection of the application ever goes past it.
  restartPolicy: Always
  {{- end }}
  args: ["serve", "--watch", "--config", "/etc/tenantgate/settings/tenantgate.yaml"]
  env:
    {{- if eq .Values.mode "sidecar" }}
    # The application reaches it within the pod, nobody else has to.
    - {name: TENANTGATE_LISTEN_ADDRESS, value: "127.0.0.1:6432"}
    {{- end }}
    # Probes and Prometheus come from outside the pod: this port tells, and changes nothing.
    - {name: TENANTGATE_ADMIN_STATUS_ADDRESS, value: "0.0.0.0:9641"}
    - {name: TENANTGATE_MIGRATIONS_LOCATIONS, value: /etc/tenantgate/migrations}
    - {name: TENANTGATE_DATABASE_URL_FILE, value: "/run/secrets/database/{{ .Values.database.key }}"}
  ports:
    {{- if ne .Values.mode "sidecar" }}
    - {name: postgresql, containerPort: 6432}
    {{- end }}
    - {name: status, containerPort: 9641}
  volumeMounts:
    # Folders, not files of them (subPath): kubelet doesn't update those.
    - {name: tenantgate-settings, mountPath: /etc/tenantgate/settings, readOnly: true}
    - {name: tenantgate-migrations, mountPath: /etc/tenantgate/migrations, readOnly: true}
    - {name: tenantgate-database, mountPath: /run/secrets/database, readOnly: true}
    - {name: tenantgate-tmp, mountPath: /tmp}
    {{- range .Values.secrets }}
    - {name: "tenantgate-secret-{{ .name }}", mountPath: "/etc/tenantgate/{{ .name }}", readOnly: true}
    {{- end }}
  # A rollout ends at settings with which the database can't be reached.
  startupProbe:
    httpGet: {path: /readyz, port: status}
    periodSeconds: 1
    failureThreshold: 120
  # Neither asks for the database: a gateway that can't reach it holds its clients until it can, and a pod that ends
  # leaves the Service's endpoints by itself.
  livenessProbe:
    httpGet: {path: /livez, port: status}
    periodSeconds: 10
    timeoutSeconds: 5
    failureThreshold: 3
  readinessProbe:
    httpGet: {path: /livez, port: status}
    periodSeconds: 5
    timeoutSeconds: 5
  resources:
    {{- toYaml .Values.resources | nindent 4 }}
  {{- include "tenantgate.securityContext" . | nindent 2 }}
{{- end -}}

{{- /* The volumes of both containers. */ -}}
{{- define "tenantgate.volumes" -}}
- name: tenantgate-settings
  configMap: {name: {{ include "tenantgate.name" . }}}
- name: tenantgate-migrations
  {{- if .Values.migrations.image }}
  emptyDir: {sizeLimit: 64Mi}
  {{- else if .Values.migrations.files }}
  configMap:
    name: {{ include "tenantgate.name" . }}-migrations
    items:
      {{- range $path, $text := .Values.migrations.files }}
      - {key: {{ $path | replace "/" "__" | quote }}, path: {{ $path | quote }}}
      {{- end }}
  {{- else }}
  emptyDir: {sizeLimit: 1Mi}
  {{- end }}
- name: tenantgate-database
  secret: {secretName: {{ .Values.database.secret | quote }}}
- name: tenantgate-tmp
  # Netty unpacks its native transport here.
  emptyDir: {sizeLimit: 16Mi}
{{- range .Values.secrets }}
- name: "tenantgate-secret-{{ .name }}"
  secret: {secretName: {{ .secret | quote }}}
{{- end }}
{{- end -}}
