/** 2 KB of JSON as the form of an agent builder sends it, with a prompt in markdown. */
export function ordinaryBody(): string {
  const prompt = [
    '# Role',
    'You answer questions about deliveries for a furniture store, in Korean or in English, as the customer does.',
    '## Rules',
    '1. Greet the customer by name; keep each answer under 120 words.',
    "2. If the order number is missing, ask for it before you look anything up, and don't guess.",
    '3. Never promise a refund. Say that a colleague reviews the request within two business days.',
    '4. When a delivery is late, apologise, give the status and the new estimate.',
    '## Tools',
    '- order_lookup: status, carrier and estimate for an order number.',
    '- faq_search: full text search in the help centre, up to five articles.',
    '## Examples',
    'User: Where is my desk? It was due on Monday.',
    'Agent: I am sorry for the wait. Could you share your order number so that I can check?',
  ].join('\n');
  const agent = {
    name: 'Support agent',
    description: 'Answers delivery and order questions for the store',
    model: 'large-2',
    temperature: 0.3,
    tags: ['support', 'ko', 'en'],
    config: { system_prompt: prompt, memory: { type: 'window', size: 12 }, stream: true },
    tools: ['order_lookup', 'faq_search', 'handoff'].map((name) => ({ name, timeout_ms: 3000, top_k: 5 })),
    owner: { team: 'cx', email: 'cx-team@example.com' },
    notes: '',
  };
  const missing = 2048 - JSON.stringify(agent).length;
  return JSON.stringify({
    ...agent,
    notes: 'Thank the customer at the end. '.repeat(80).slice(0, Math.max(0, missing)),
  });
}
