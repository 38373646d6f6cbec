"""What dedupe costs and how well it tells papers apart."""
