import * as vscode from 'vscode';
import { startOfApiKey } from '../../shared/api-key-format.ts';
import type { ListedApiKey } from '../../shared/api-key-client.ts';
import { commandIds } from '../contributions.ts';
import { timeOf } from '../dashboards/clock.ts';
import type { Session } from '../dashboards/session.ts';
import { keptKeys, type KeptKey, type KeptKeys } from '../keys/kept-keys.ts';
import { digestOf, type KeyPlace, type WrittenKey } from '../keys/live-keys.ts';
import {
  environmentReference,
  replacedBy,
  replacedByVariable,
  variableNameFor,
  variableNamePattern,
  type Replacement,
} from '../keys/replacement.ts';
import { whoIs, whoText } from '../keys/who.ts';
import type { Connection } from './connection.ts';
import type { KeyMarks } from './key-marks.ts';

interface Parts {
  readonly context: Pick<vscode.ExtensionContext, 'secrets' | 'globalState'>;
  readonly connection: Connection;
  readonly marks: Pick<KeyMarks, 'keysIn'>;
}

/** What can be done about a key that is written into a file. */
export function registerKeyCommands({ context, connection, marks }: Parts): vscode.Disposable {
  const kept = keptKeys({ secrets: context.secrets, list: context.globalState });
  const onKey = (work: (found: Found) => Promise<void>) => async (argument: unknown) => {
    try {
      const found = await foundAt(marks, argument);
      if (found === null) return tell('There is no API key at the cursor.');
      await work(found);
    } catch (error) {
      void vscode.window.showErrorMessage(
        `Outrider: ${error instanceof Error ? error.message : String(error)}`,
      );
    }
  };
  const calls = {
    [commandIds.whoIsKey]: onKey(async ({ key }) => tell(whoText(await whoIs(sessionOf(connection), key)))),
    [commandIds.replaceKey]: onKey((found) => rotateAndReplace(sessionOf(connection), kept, found)),
    [commandIds.keepKey]: onKey((found) => keepAndRemove(connection.session, kept, found)),
    [commandIds.copyKeptKey]: () => copyKept(kept),
  };
  return vscode.Disposable.from(
    ...Object.entries(calls).map(([id, call]) => vscode.commands.registerCommand(id, call)),
  );
}

/** A key, and everywhere it stands in its document. */
interface Found {
  readonly document: vscode.TextDocument;
  readonly key: string;
  places(): readonly WrittenKey[];
}

/** The key of a mark, or the one the cursor is on. */
async function foundAt(marks: Parts['marks'], argument: unknown): Promise<Found | null> {
  // Safe: only our own marks give arguments.
  const place = argument as KeyPlace | undefined;
  const editor = vscode.window.activeTextEditor;
  const document =
    place === undefined
      ? editor?.document
      : await vscode.workspace.openTextDocument(vscode.Uri.parse(place.uri));
  if (document === undefined) return null;
  const isMeant = ({ start, end, text }: WrittenKey) => {
    if (place !== undefined) return digestOf(text) === place.digest;
    const at = editor === undefined ? -1 : document.offsetAt(editor.selection.active);
    return start <= at && at <= end;
  };
  const key = marks.keysIn(document).find(isMeant)?.text;
  if (key === undefined) return null;
  return { document, key, places: () => marks.keysIn(document).filter(({ text }) => text === key) };
}

async function rotateAndReplace(session: Session, kept: KeptKeys, found: Found): Promise<void> {
  const owner = await whoIs(session, found.key);
  if (owner === null || owner.status !== 'active') return tell(`It cannot be rotated. ${whoText(owner)}`);
  const replace = await askReplacement(owner, found);
  if (replace === undefined) return;
  const { key, details } = await session.keys.rotateApiKey(owner.id);
  // First of all into the secret storage: from here on the new key cannot be lost, whatever becomes of the file.
  await kept.keep(key, aboutKey(key, details.label));
  const isReplaced = await apply(found, replace(key));
  const what = isReplaced
    ? 'The key was rotated and replaced here.'
    : 'The key was rotated; the file could not be changed.';
  // Only for the sentence: everything is done by now.
  const end = (await whoIs(session, found.key).catch(() => null))?.graceEndsAt;
  await offerCopy(`${what} The old one goes on until ${end ? timeOf(end) : 'its grace ends'}.`, key);
}

type Replace = (successor: string) => readonly Replacement[];

/** What shall stand there instead; undefined when nothing shall happen. */
async function askReplacement(owner: ListedApiKey, found: Found): Promise<Replace | undefined> {
  const { languageId } = found.document;
  const name = variableNameFor(owner.label);
  const picked = await vscode.window.showQuickPick(
    [
      {
        label: 'A reference to an environment variable',
        description: environmentReference(languageId, name) ?? `\${${name}}`,
        detail: 'The new key is kept in SecretStorage, to be copied to where the variable is set.',
        isVariable: true,
      },
      { label: 'The new key', description: 'It stands in the file again', isVariable: false },
    ],
    { title: `Rotate “${owner.label}”`, placeHolder: 'What shall stand here instead?', ignoreFocusOut: true },
  );
  if (picked === undefined) return undefined;
  if (!picked.isVariable) return (successor) => replacedBy(found.places(), successor);
  const variable = await askVariable(name);
  if (variable === undefined) return undefined;
  return () => replacedByVariable(found.document.getText(), found.places(), languageId, variable);
}

function askVariable(value: string): Thenable<string | undefined> {
  return vscode.window.showInputBox({
    title: 'Name of the environment variable',
    value,
    ignoreFocusOut: true,
    validateInput: (text) =>
      variableNamePattern.test(text) ? null : 'Write letters, digits and underscores, a letter first.',
  });
}

async function keepAndRemove(session: Session | null, kept: KeptKeys, found: Found): Promise<void> {
  // Keeping needs no sidecar; without one the key is listed by how it begins.
  const owner = session === null ? null : await whoIs(session, found.key).catch(() => null);
  await kept.keep(found.key, aboutKey(found.key, owner?.label ?? 'API key'));
  const isRemoved = await apply(found, replacedBy(found.places(), ''));
  await offerCopy(
    isRemoved ? 'The key is kept in SecretStorage.' : 'The key is kept; the file could not be changed.',
    found.key,
  );
}

async function copyKept(kept: KeptKeys): Promise<void> {
  const all = kept.all();
  if (all.length === 0) return tell('No API key is kept in SecretStorage.');
  const items = all.map((each) => ({
    label: each.label,
    description: `${each.start}…`,
    detail: `since ${timeOf(each.keptAt)}`,
    kept: each,
  }));
  const picked = await vscode.window.showQuickPick(items, { placeHolder: 'Which key?' });
  if (picked === undefined) return;
  const key = await kept.read(picked.kept);
  if (key === undefined) return tell('The secret storage has lost this key.');
  await vscode.env.clipboard.writeText(key);
  const button = 'Forget It';
  const pressed = await vscode.window.showInformationMessage('The key was copied.', button);
  if (pressed === button) await kept.forget(picked.kept);
}

/** Changes the document, and saves it when nothing else was unsaved: on disk the old key would stay. */
async function apply({ document }: Found, replacements: readonly Replacement[]): Promise<boolean> {
  const wasSaved = !document.isDirty && !document.isUntitled;
  const edit = new vscode.WorkspaceEdit();
  for (const { start, end, text } of replacements)
    edit.replace(document.uri, new vscode.Range(document.positionAt(start), document.positionAt(end)), text);
  const isDone = replacements.length > 0 && (await vscode.workspace.applyEdit(edit));
  return isDone && (!wasSaved || document.save());
}

async function offerCopy(sentence: string, key: string): Promise<void> {
  const button = 'Copy the Key';
  const pressed = await vscode.window.showInformationMessage(`Outrider: ${sentence}`, button);
  if (pressed === button) await vscode.env.clipboard.writeText(key);
}

function aboutKey(key: string, label: string): KeptKey {
  return { digest: digestOf(key), label, start: startOfApiKey(key), keptAt: new Date().toISOString() };
}

function sessionOf({ session }: Connection): Session {
  if (session === null) throw new Error('It is not connected to a sidecar. Connect first.');
  return session;
}

function tell(sentence: string): void {
  void vscode.window.showInformationMessage(`Outrider: ${sentence}`);
}
