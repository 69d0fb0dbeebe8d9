"""What every Lambda function of OnAir shares: domain (pure), gateways (one AWS service each), runtime (the Lambda
edge)."""
