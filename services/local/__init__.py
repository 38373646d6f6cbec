"""The local stack: Kafka, Valkey and the services as processes of this machine."""
