{{- define "octoq.labels" -}}
app.kubernetes.io/name: octoq
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .component }}
app.kubernetes.io/version: {{ .root.Chart.AppVersion | replace "+" "_" | quote }}
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
{{- end }}

{{- define "octoq.selector" -}}
app.kubernetes.io/name: octoq
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .component }}
{{- end }}

{{- define "octoq.name" -}}
{{- printf "%s-%s" (.root.Release.Name | trunc 50 | trimSuffix "-") .component }}
{{- end }}

{{- define "octoq.image" -}}
{{ .Values.image.repository }}:{{ .Values.image.tag | default (.Chart.AppVersion | replace "+" "_") }}
{{- end }}

{{/* What every pod has: no token of the cluster, no rights, a user that is not root. */}}
{{- define "octoq.pod" -}}
automountServiceAccountToken: false
enableServiceLinks: false
{{- with .Values.imagePullSecrets }}
imagePullSecrets: {{- toYaml . | nindent 2 }}
{{- end }}
securityContext:
  runAsNonRoot: true
  runAsUser: 65532
  runAsGroup: 65532
  fsGroup: 65532
  seccompProfile: {type: RuntimeDefault}
{{- end }}

{{- define "octoq.container" -}}
image: {{ include "octoq.image" . | quote }}
imagePullPolicy: {{ .Values.image.pullPolicy }}
securityContext:
  allowPrivilegeEscalation: false
  readOnlyRootFilesystem: true
  capabilities: {drop: [ALL]}
{{- end }}

{{/* Where Redis is: an address, or a file that holds one. */}}
{{- define "octoq.redisEnv" -}}
{{- if .Values.redis.urlSecret.name }}
- {name: OCTOQ_REDIS_URL_FILE, value: /run/secrets/redis/url}
{{- else }}
- {name: OCTOQ_REDIS_URL, value: {{ required "redis.url, or redis.urlSecret.name for an address with a password, has to say where Redis is" .Values.redis.url | quote }}}
{{- end }}
{{- if .Values.redis.caSecret.name }}
- {name: OCTOQ_REDIS_CA_FILE, value: /run/secrets/redis-ca/ca.crt}
{{- end }}
{{- end }}

{{- define "octoq.settings" -}}
{{- range $name, $value := . }}
- {name: {{ $name }}, value: {{ $value | toString | quote }}}
{{- end }}
{{- end }}

{{- define "octoq.secretMount" -}}
- {name: {{ .name }}, mountPath: {{ .path }}, readOnly: true}
{{- end }}

{{/* A Secret as a folder with one file. */}}
{{- define "octoq.secretVolume" -}}
- name: {{ .name }}
  secret:
    secretName: {{ .secret.name }}
    defaultMode: 0440
    items: [{key: {{ .secret.key }}, path: {{ .file }}}]
{{- end }}

{{- define "octoq.redisMounts" -}}
{{- if .Values.redis.urlSecret.name }}
{{ include "octoq.secretMount" (dict "name" "redis" "path" "/run/secrets/redis") }}
{{- end }}
{{- if .Values.redis.caSecret.name }}
{{ include "octoq.secretMount" (dict "name" "redis-ca" "path" "/run/secrets/redis-ca") }}
{{- end }}
{{- end }}

{{- define "octoq.redisVolumes" -}}
{{- if .Values.redis.urlSecret.name }}
{{ include "octoq.secretVolume" (dict "name" "redis" "secret" .Values.redis.urlSecret "file" "url") }}
{{- end }}
{{- if .Values.redis.caSecret.name }}
{{ include "octoq.secretVolume" (dict "name" "redis-ca" "secret" .Values.redis.caSecret "file" "ca.crt") }}
{{- end }}
{{- end }}
