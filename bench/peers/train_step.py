"""Tokens a second of one training step of a GPT-2 in PyTorch, printed as one number: LAYERS HIDDEN HEADS LENGTH VOCABULARY BATCH TYPE THREADS STEPS."""
import sys
import time

import torch
import torch.nn.functional as F

layers, hidden, heads, length, vocabulary, batch = map(int, sys.argv[1:7])
kind = {"float32": torch.float32, "bfloat16": torch.bfloat16}[sys.argv[7]]
threads, steps = int(sys.argv[8]), int(sys.argv[9])
torch.set_num_threads(threads)
torch.manual_seed(1)


class Block(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.first, self.second = torch.nn.LayerNorm(hidden), torch.nn.LayerNorm(hidden)
        self.qkv, self.output = torch.nn.Linear(hidden, 3 * hidden), torch.nn.Linear(hidden, hidden)
        self.up, self.down = torch.nn.Linear(hidden, 4 * hidden), torch.nn.Linear(4 * hidden, hidden)

    def forward(self, x, mask):
        q, k, v = self.qkv(self.first(x)).view(x.shape[0], length, 3, heads, -1).permute(2, 0, 3, 1, 4)
        if hasattr(F, "scaled_dot_product_attention"):
            mixed = F.scaled_dot_product_attention(q, k, v, is_causal=True)
        else:
            mixed = (q @ k.transpose(-1, -2) * (hidden // heads) ** -0.5).masked_fill(mask, float("-inf")).softmax(-1) @ v
        x = x + self.output(mixed.transpose(1, 2).reshape(x.shape))
        return x + self.down(F.gelu(self.up(self.second(x))))


class Gpt(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.tokens, self.positions = torch.nn.Embedding(vocabulary, hidden), torch.nn.Embedding(length, hidden)
        self.blocks = torch.nn.ModuleList([Block() for _ in range(layers)])
        self.norm = torch.nn.LayerNorm(hidden)
        for parameter in self.parameters():
            torch.nn.init.normal_(parameter, 0, 0.02)

    def forward(self, ids):
        mask = torch.ones(length, length, dtype=torch.bool).triu(1)
        x = self.tokens(ids) + self.positions.weight
        for block in self.blocks:
            x = block(x, mask)
        return F.linear(self.norm(x), self.tokens.weight)


model = Gpt().to(kind)
optimizer = torch.optim.AdamW(model.parameters(), 1e-4)
ids = torch.randint(vocabulary, (batch, length))
best = float("inf")
for step in range(steps + 1):
    start = time.perf_counter()
    optimizer.zero_grad(set_to_none=True)
    loss = F.cross_entropy(model(ids).view(-1, vocabulary), ids.view(-1))
    loss.backward()
    torch.nn.utils.clip_grad_norm_(model.parameters(), 1)
    optimizer.step()
    loss.item()
    if step > 0:
        best = min(best, time.perf_counter() - start)
print(batch * length / best)
