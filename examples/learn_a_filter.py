"""Train one emitted layer by gradient descent until it has found the filter that made its targets."""

import numpy as np

import symconv

layer = symconv.convolution((8, 8), (3, 3), filters=2, stride=2, padding=1, activation="tanh")
emitted = symconv.emit(layer).load()

random = np.random.default_rng(0)
images = random.normal(size=(64, 1, 8, 8))
hidden = random.normal(size=(2, 1, 3, 3)) / 2
targets = emitted.Layer(hidden, np.array([0.1, -0.2])).forward(images)

model = emitted.Layer(np.zeros((2, 1, 3, 3)), np.zeros(2))
for step in range(301):
    error = (model.forward(images) - targets) / len(images)  # ∂E/∂f(net) of E = Σ (f(net) - target)² / 2 over the batch
    if step % 100 == 0:
        distance = np.abs(model.w - hidden).max()
        print(f"step {step:3}: the filters are off by at most {distance:.6f}")
    model.backward(error)
    model.w = model.w - 0.1 * model.weight_gradient
    model.bias = model.bias - 0.1 * model.bias_gradient
