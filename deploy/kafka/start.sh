#!/usr/bin/env bash
# Formats the node's folder at its first start, then becomes the broker; arguments go to Kafka.
# Asks of the image: Java on the PATH and Kafka's jars in /opt/kafka/libs.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
properties=$here/server.properties
# A fixed id: the folder belongs to this one node, and no other cluster can be mistaken for it.
cluster=aGVhZHJhY2UtY29tcG9zZQ

java=(java -cp '/opt/kafka/libs/*' "-Dlog4j2.configurationFile=file://$here/log4j2.properties")

if [[ ! -e /var/lib/kafka/data/logs/meta.properties ]]; then
  "${java[@]}" kafka.tools.StorageTool format --cluster-id "$cluster" --config "$properties"
fi
exec "${java[@]}" "-Xms128m" "-Xmx${KAFKA_HEAP:-512m}" -XX:+UseSerialGC \
  -XX:+ExitOnOutOfMemoryError -XX:-UsePerfData kafka.Kafka "$properties" "$@"
