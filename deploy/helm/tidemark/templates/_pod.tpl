{{- /* What every pod of an archive has in common: who it is, what it may, what it is given. */ -}}
{{- define "tidemark.podSpec" -}}
serviceAccountName: {{ include "tidemark.serviceAccount" . }}
automountServiceAccountToken: false
{{- with .Values.image.pullSecrets }}
imagePullSecrets:
  {{- range . }}
  - name: {{ . }}
  {{- end }}
{{- end }}
securityContext:
  {{- toYaml .Values.podSecurityContext | nindent 2 }}
volumes:
  - name: config
    configMap:
      name: {{ include "tidemark.name" . }}
  - name: tmp
    emptyDir: {}
  {{- if .Values.sinkVolume.enabled }}
  - name: sink
    persistentVolumeClaim:
      claimName: {{ include "tidemark.claim" . }}
  {{- end }}
  {{- range $index, $file := .Values.secretFiles }}
  - name: secret-{{ $index }}
    secret:
      secretName: {{ $file.secret }}
      defaultMode: 0440
  {{- end }}
  {{- with .Values.extraVolumes }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
{{- end }}

{{- define "tidemark.container" -}}
imagePullPolicy: {{ .Values.image.pullPolicy }}
securityContext:
  {{- toYaml .Values.securityContext | nindent 2 }}
{{- if or .Values.secretEnv .Values.env }}
env:
  {{- range .Values.secretEnv }}
  - name: {{ .name }}
    valueFrom:
      secretKeyRef:
        name: {{ .secret }}
        key: {{ .key }}
  {{- end }}
  {{- range .Values.env }}
  - name: {{ .name }}
    value: {{ .value | quote }}
  {{- end }}
{{- end }}
{{- with .Values.envFromSecrets }}
envFrom:
  {{- range . }}
  - secretRef:
      name: {{ . }}
  {{- end }}
{{- end }}
volumeMounts:
  - name: config
    mountPath: /etc/tidemark
    readOnly: true
  - name: tmp
    mountPath: /tmp
  {{- if .Values.sinkVolume.enabled }}
  - name: sink
    mountPath: {{ .Values.sinkVolume.path }}
  {{- end }}
  {{- range $index, $file := .Values.secretFiles }}
  - name: secret-{{ $index }}
    mountPath: {{ $file.path }}
    readOnly: true
  {{- end }}
  {{- with .Values.extraVolumeMounts }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
{{- end }}
