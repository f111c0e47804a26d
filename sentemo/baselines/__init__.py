"""What a pre-trained encoder is to be compared with: classical features, and no features at all."""
