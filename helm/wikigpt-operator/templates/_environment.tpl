{{- /* Variables of docs/operator.md by the values that say them; one that is empty is left out. */ -}}
{{- define "wikigpt.environment" -}}
{{- $v := .Values -}}
WIKIGPT_TRAINER_IMAGE: {{ include "wikigpt.image" (dict "root" . "of" $v.trainer) | quote }}
WIKIGPT_ENDPOINT: {{ default (printf "%s://%s:%v" (include "wikigpt.scheme" .) (include "wikigpt.host" .) $v.service.port) $v.endpoint | quote }}
WIKIGPT_TLS_FOLDER: {{ ternary "" "/etc/wikigpt/tls" (eq $v.tls.from "Off") | quote }}
WIKIGPT_DEFAULT_STORE: {{ $v.storage.defaultStore | quote }}
WIKIGPT_STORAGE: {{ $v.storage.size | quote }}
WIKIGPT_STORAGE_CLASS: {{ $v.storage.className | quote }}
WIKIGPT_WORK_STORAGE: {{ $v.storage.workSize | quote }}
WIKIGPT_DEFAULT_MEMORY: {{ $v.defaultMemory | quote }}
WIKIGPT_CLUSTER_DOMAIN: {{ $v.clusterDomain | quote }}
WIKIGPT_DRAIN_SECONDS: {{ $v.drainSeconds | int64 | toString | quote }}
WIKIGPT_FS_GROUP: {{ $v.fsGroup | int64 | toString | quote }}
WIKIGPT_WATCH_NAMESPACE: {{ $v.watchNamespace | quote }}
WIKIGPT_LISTEN: {{ printf "0.0.0.0:%v" $v.service.port | quote }}
WIKIGPT_HEALTH_LISTEN: {{ printf "0.0.0.0:%v" $v.health.port | quote }}
WIKIGPT_PROGRESS_SECONDS: {{ $v.progressSeconds | int64 | toString | quote }}
WIKIGPT_WATCHDOG_SECONDS: {{ $v.watchdogSeconds | int64 | toString | quote }}
WIKIGPT_LEASE: {{ default (include "wikigpt.fullname" .) $v.lease | quote }}
WIKIGPT_LOG_LEVEL: {{ $v.logLevel | quote }}
{{- end }}
