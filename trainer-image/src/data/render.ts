import type { Message } from '../tokenizers/chat-template.ts';
import { TrainerError } from '../errors.ts';
import type { PromptStyle } from './prompt-style.ts';
import type { DataRecord } from './record.ts';
import { fillTemplate } from './template.ts';

/**
 * A stretch of text that is tokenised by itself, so that the border between prompt and answer is the same whether the
 * answer is known or still to be written.
 */
export interface Segment {
  readonly text: string;
  /** Whether written special tokens count as such: in rendered chat templates alone. */
  readonly special: boolean;
  readonly supervised: boolean;
}

type Question = Extract<DataRecord, { kind: 'question' }>;

/** A record as the model sees it in training. */
export function renderRecord(
  record: DataRecord,
  style: PromptStyle,
  shots: readonly DataRecord[] = [],
): readonly Segment[] {
  switch (record.kind) {
    case 'text':
      return [{ text: record.text, special: false, supervised: true }];
    case 'question': {
      if (style.template === null) return renderChat(conversationOf(record, style, shots), style);
      const prompt = renderQuestion(record, style, shots);
      return [...prompt, { text: answerText(record, prompt.at(-1)?.text ?? ''), special: false, supervised: true }];
    }
    case 'conversation':
      return renderChat(conversationOf(record, style, shots), style);
  }
}

/** A record up to its answer, for asking the model; a text has no prompt. */
export function renderPrompt(
  record: DataRecord,
  style: PromptStyle,
  shots: readonly DataRecord[] = [],
): readonly Segment[] {
  if (record.kind === 'text') return [];
  if (record.kind === 'question' && style.template !== null) return renderQuestion(record, style, shots);
  const messages = conversationOf(record, style, shots);
  const end = messages.findLastIndex(({ role }) => role === 'assistant');
  return [{ text: style.chat.prompt(messages.slice(0, end)), special: true, supervised: false }];
}

/** What a record wants to hear, as a reference for metrics; empty for a text. */
export function expectedAnswer(record: DataRecord): string {
  switch (record.kind) {
    case 'text':
      return '';
    case 'question':
      return record.answer.trim();
    case 'conversation':
      return record.messages.findLast(({ role }) => role === 'assistant')?.content.trim() ?? '';
  }
}

function renderQuestion(record: Question, style: PromptStyle, shots: readonly DataRecord[]): readonly Segment[] {
  const plain = (text: string): Segment => ({ text, special: false, supervised: false });
  const segments: Segment[] = [];
  // What stands before a prompt joins its segment: no token border is needed there.
  let lead = style.system === '' ? '' : `${style.system}\n`;
  for (const shot of shots) {
    if (shot.kind !== 'question') continue;
    const prompt = plain(lead + questionText(shot, style));
    segments.push(prompt, plain(answerText(shot, prompt.text)));
    lead = '\n';
  }
  return [...segments, plain(lead + questionText(record, style))];
}

function questionText(record: Question, style: PromptStyle): string {
  if (record.verbatim && !style.chosen) return record.question;
  return fillTemplate(style.template!(record.language), { ...record.fields, question: record.question }, record.place);
}

/**
 * The answer as it stands behind a prompt. An answer that does not begin with a Chinese character gets one space, so that
 * its first token is the one that running text has ( Paris), in whatever language it is asked.
 */
function answerText({ answer, verbatim }: Question, prompt: string): string {
  if (verbatim || /^\s/u.test(answer) || /\s$/u.test(prompt)) return answer;
  return /^[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}]/u.test(answer) ? answer : ` ${answer}`;
}

function conversationOf(record: DataRecord, style: PromptStyle, shots: readonly DataRecord[]): readonly Message[] {
  if (record.kind === 'conversation' && style.chosen)
    throw new TrainerError(
      'InvalidSpec',
      `data.prompt.template is for questions, but ${record.place} is a conversation; remove it, and the chat template is used.`,
    );
  const asked = [...shots, record].flatMap(messagesOf);
  const system: readonly Message[] =
    style.system === '' || asked.some(({ role }) => role === 'system')
      ? []
      : [{ role: 'system', content: style.system }];
  return [...system, ...asked];
}

function messagesOf(record: DataRecord): readonly Message[] {
  switch (record.kind) {
    case 'text':
      return [];
    case 'question':
      return [
        { role: 'user', content: record.question.trim() },
        { role: 'assistant', content: record.answer.trim() },
      ];
    case 'conversation':
      return record.messages;
  }
}

function renderChat(messages: readonly Message[], style: PromptStyle): readonly Segment[] {
  return style.chat.turns(messages).map(({ text, supervised }) => ({ text, special: true, supervised }));
}
