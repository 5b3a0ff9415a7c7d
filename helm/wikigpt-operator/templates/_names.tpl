{{- define "wikigpt.name" -}}
{{ default .Chart.Name .Values.nameOverride | trunc 50 | trimSuffix "-" }}
{{- end }}

{{- define "wikigpt.fullname" -}}
{{- if .Values.fullnameOverride -}}
{{ .Values.fullnameOverride | trunc 50 | trimSuffix "-" }}
{{- else if contains (include "wikigpt.name" .) .Release.Name -}}
{{ .Release.Name | trunc 50 | trimSuffix "-" }}
{{- else -}}
{{ printf "%s-%s" .Release.Name (include "wikigpt.name" .) | trunc 50 | trimSuffix "-" }}
{{- end -}}
{{- end }}

{{- define "wikigpt.selector" -}}
app.kubernetes.io/name: {{ include "wikigpt.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "wikigpt.labels" -}}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{ include "wikigpt.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{- end }}

{{- define "wikigpt.serviceAccount" -}}
{{- if .Values.serviceAccount.create -}}
{{ default (include "wikigpt.fullname" .) .Values.serviceAccount.name }}
{{- else -}}
{{ required "serviceAccount.create is false: name the account in serviceAccount.name" .Values.serviceAccount.name }}
{{- end -}}
{{- end }}

{{- define "wikigpt.image" -}}
{{ with .root.Values.image.registry }}{{ . }}/{{ end }}{{ .of.repository }}:{{ default .root.Chart.AppVersion .of.tag }}
{{- end }}

{{- define "wikigpt.host" -}}
{{ include "wikigpt.fullname" . }}.{{ .Release.Namespace }}.{{ .Values.clusterDomain }}
{{- end }}

{{- define "wikigpt.scheme" -}}
{{ if eq .Values.tls.from "Off" }}http{{ else }}https{{ end }}
{{- end }}

{{- define "wikigpt.tlsSecret" -}}
{{- if eq .Values.tls.from "Secret" -}}
{{ required "tls.from is Secret: name the Secret in tls.secretName" .Values.tls.secretName }}
{{- else -}}
{{ include "wikigpt.fullname" . }}-tls
{{- end -}}
{{- end }}

{{- define "wikigpt.restrictedPod" -}}
runAsNonRoot: true
runAsUser: 65532
runAsGroup: 65532
seccompProfile: { type: RuntimeDefault }
{{- end }}

{{- define "wikigpt.restrictedContainer" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities: { drop: [ALL] }
{{- end }}

{{- define "wikigpt.subject" -}}
- kind: ServiceAccount
  name: {{ include "wikigpt.serviceAccount" . }}
  namespace: {{ .Release.Namespace }}
{{- end }}
