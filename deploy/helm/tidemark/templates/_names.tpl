{{- define "tidemark.name" -}}
{{- if contains "tidemark" .Release.Name }}{{ .Release.Name | trunc 50 | trimSuffix "-" }}{{ else }}{{ printf "%s-tidemark" .Release.Name | trunc 50 | trimSuffix "-" }}{{ end }}
{{- end }}

{{- define "tidemark.selector" -}}
app.kubernetes.io/name: tidemark
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "tidemark.labels" -}}
{{ include "tidemark.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version }}
{{- end }}

{{- define "tidemark.serviceAccount" -}}
{{- if .Values.serviceAccount.create }}{{ default (include "tidemark.name" .) .Values.serviceAccount.name }}{{ else }}{{ default "default" .Values.serviceAccount.name }}{{ end }}
{{- end }}

{{- /* Of a part with a tag of its own: (dict "Values" … "Chart" … "tag" …). */ -}}
{{- define "tidemark.image" -}}
{{ .Values.image.repository }}:{{ coalesce .tag .Values.image.tag .Chart.AppVersion }}
{{- end }}

{{- /* `name` of the configuration: the label `archive` of every sample. */ -}}
{{- define "tidemark.archive" -}}
{{ default "tidemark" .Values.config.name }}
{{- end }}

{{- define "tidemark.config" -}}
{{ mustMergeOverwrite (deepCopy .Values.config) (dict "serve" (dict "host" "0.0.0.0" "port" 9464)) | toYaml }}
{{- end }}

{{- define "tidemark.claim" -}}
{{ default (printf "%s-sink" (include "tidemark.name" .)) .Values.sinkVolume.existingClaim }}
{{- end }}
