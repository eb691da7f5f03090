import { h, type ComponentChild } from 'preact';
import { useState } from 'preact/hooks';
import { allFields, inputOf, type Field, type FieldValue } from '../dashboards/form-fields.ts';
import { Suggestions } from './suggestions.ts';
import { TextView } from './text.ts';
import { Button, Checkbox, Dropdown, TextArea, TextField } from './toolkit.ts';

export interface FormProps {
  readonly fields: readonly Field[];
  readonly suggestions: Readonly<Record<string, readonly string[]>>;
  readonly question: string | null;
  readonly submitLabel: string;
  /** What the gateway said about single fields, and in general. */
  readonly refusal: { readonly message: string; readonly byField: Readonly<Record<string, string>> } | null;
  readonly isRunning: boolean;
  onSubmit(input: Readonly<Record<string, unknown>>): void;
  onCancel(): void;
}

/** A command's questions, its confirmation, and what is wrong with the answers. */
export function Form(props: FormProps): ComponentChild {
  const { fields, question, refusal } = props;
  const [values, setValues] = useState<Readonly<Record<string, FieldValue>>>({});
  const [wrong, setWrong] = useState<Readonly<Record<string, string>>>({});
  const { shown, folded } = foldFields(fields);
  const draw = (field: Field): ComponentChild =>
    field.control.kind === 'group'
      ? h(
          'fieldset',
          { key: field.name, class: 'group' },
          h('legend', null, field.label, !field.isRequired && h('span', { class: 'dim' }, ' optional')),
          h('div', { class: 'group-fields' }, field.control.fields.map(draw)),
        )
      : h(Question, {
          key: field.name,
          field,
          offered: props.suggestions[field.name] ?? [],
          value: values[field.name] ?? field.initial,
          wrong: wrong[field.name] ?? refusal?.byField[field.name],
          onValue: (value: FieldValue) => setValues({ ...values, [field.name]: value }),
          onEnter: submit,
        });
  const submit = (event: Event) => {
    event.preventDefault();
    if (props.isRunning) return;
    const read = inputOf(fields, values);
    setWrong('wrong' in read ? read.wrong : {});
    if ('input' in read) props.onSubmit(read.input);
  };
  return h(
    'form',
    { class: 'form', onSubmit: submit, noValidate: true },
    question !== null && h('p', { class: 'question' }, question),
    shown.map(draw),
    folded.length > 0 &&
      h(
        'details',
        {
          class: 'more',
          open: allFields(folded).some(({ name }) => wrong[name] !== undefined || refusal?.byField[name]),
        },
        h('summary', null, `${folded.length} more, all optional`),
        h('div', { class: 'form' }, folded.map(draw)),
      ),
    refusal !== null && h('p', { class: 'form-refusal', role: 'alert' }, refusal.message),
    h(
      'div',
      { class: 'form-buttons' },
      h(
        Button,
        { look: 'primary', isDisabled: props.isRunning, class: 'submit', onPress: submit },
        props.isRunning ? 'Running …' : props.submitLabel,
      ),
      h(Button, { onPress: props.onCancel, class: 'cancel' }, 'Cancel'),
    ),
  );
}

/** So many questions are seen at once. */
const mostShown = 4;

/** What has to be answered, and the first of what may be; the rest is folded away when it is much. */
function foldFields(fields: readonly Field[]) {
  const optional = fields.filter(({ isRequired }) => !isRequired);
  const required = fields.length - optional.length;
  if (fields.length <= Math.max(mostShown, required + 2) + 1) return { shown: fields, folded: [] };
  const kept = new Set(optional.slice(0, Math.max(2, mostShown - required)));
  return {
    shown: fields.filter((field) => field.isRequired || kept.has(field)),
    folded: optional.filter((field) => !kept.has(field)),
  };
}

interface QuestionProps {
  readonly field: Field;
  readonly offered: readonly string[];
  readonly value: FieldValue;
  readonly wrong: string | undefined;
  onValue(value: FieldValue): void;
  onEnter(event: Event): void;
}

function Question(props: QuestionProps): ComponentChild {
  const { field, wrong } = props;
  const note = wrong ?? hintOf(field);
  const id = `note-${field.name}`;
  return h(
    'div',
    { class: `field${wrong === undefined ? '' : ' wrong'}`, 'data-field': field.name },
    field.control.kind !== 'boolean' &&
      h(
        'div',
        { class: 'field-label' },
        field.label,
        !field.isRequired && h('span', { class: 'dim' }, ' optional'),
      ),
    h(Control, { ...props, noteId: id }),
    field.control.kind === 'texts' &&
      h(Suggestions, {
        label: field.label,
        offered: props.offered,
        text: String(props.value),
        onText: props.onValue,
      }),
    note !== undefined &&
      h(
        'div',
        { class: 'field-note', id, role: wrong === undefined ? undefined : 'alert' },
        h(TextView, { markdown: note }),
      ),
  );
}

function Control(props: QuestionProps & { readonly noteId: string }): ComponentChild {
  const { field, value, onValue } = props;
  const { control } = field;
  if (control.kind === 'boolean')
    return h(Checkbox, { label: field.label, isChecked: value === true, onChecked: onValue });
  const text = String(value);
  if (control.kind === 'choice')
    return h(Dropdown, {
      name: field.label,
      value: text,
      options: choicesOf(control.choices, field.isRequired),
      onValue,
    });
  const common = {
    name: field.label,
    value: text,
    describedBy: props.noteId,
    onValue,
  };
  if (isLong(control)) return h(TextArea, { ...common, rows: control.kind === 'json' ? 4 : 2 });
  return h(TextField, {
    ...common,
    placeholder: placeholderOf(field),
    isSecret: control.kind === 'text' && control.isSecret,
    onKeyDown: (event: KeyboardEvent) => void (event.key === 'Enter' && props.onEnter(event)),
  });
}

function isLong(control: Field['control']): boolean {
  return ['texts', 'pairs', 'json'].includes(control.kind) || (control.kind === 'text' && control.isLong);
}

function choicesOf(choices: readonly unknown[], isRequired: boolean) {
  const options = choices.map((choice) => ({ value: String(choice), label: String(choice) }));
  return [{ value: '', label: isRequired ? 'Choose …' : '(none)' }, ...options];
}

function placeholderOf({ control }: Field): string {
  if (control.kind === 'date-time') return 'YYYY-MM-DD HH:MM';
  if (control.kind !== 'number') return '';
  if (control.minimum === undefined || control.maximum === undefined) return '';
  return `${control.minimum} to ${control.maximum}`;
}

function hintOf({ hint, control }: Field): string | undefined {
  if (hint !== undefined) return hint;
  if (control.kind === 'texts') return 'One a line.';
  if (control.kind === 'pairs') return 'One `name: value` a line.';
  return control.kind === 'json' ? 'As JSON.' : undefined;
}
