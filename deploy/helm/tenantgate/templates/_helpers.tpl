{{- define "tenantgate.labels" -}}
app.kubernetes.io/name: tenantgate
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}
{{- define "tenantgate.name" -}}
{{ printf "%s-tenantgate" .Release.Name | trunc 63 | trimSuffix "-" }}
{{- end -}}
