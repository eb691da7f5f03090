/** JavaScript put where the page has a string or a URL: what closes it, and calls that an attack ends in. */

/** Calls and properties that payloads end in; the argument decides nothing. */
const sinks =
  /\b(?:alert|prompt|confirm|eval|execScript|setTimeout|setInterval|importScripts|new\s+Function|msgbox)\s*(?:\((?![A-Za-z][A-Za-z ]+\)[\s,.:?!])|`|\\u0028|\\x28|&lpar;|\.(?:call|apply|bind)\b|\?\.)|\bdocument\s*(?:\.|\[)\s*['"/*\w]*(?:cookie|write|writeln|domain|location|body|createElement|querySelector)|\b(?:window|self|top|parent|globalThis|this|frames)\s*\[|\b(?:location|onerror|window\.name|innerHTML|outerHTML)\s*=(?!=)|\bString\.fromCharCode\b|\b(?:constructor|__proto__)\s*(?:\.|\[)\s*['"]?constructor|\bjavascript\s*:|\batob\s*\(|=\s*(?:alert|prompt|confirm|eval)\s*[),;\]]|\((?:alert|prompt|confirm|eval)\)\s*\(|\.\w+\((?:alert|prompt|confirm|eval)\)|\.\s*(?:\/\*[^*]*\*\/\s*)?call\s*`/i;

/** Whether a piece of text calls what script attacks call. */
export function hasSink(text: string): boolean {
  return sinks.test(text);
}

/** A string, template or block closed, an operator, a sink: `';alert(1)//`, `"-prompt()-"`, `});alert(1)`, `</script>`. */
const breakout =
  /(?:^|[^\w])(?:['"`]\s*(?:[;,+\-*/%&|^<>=?:)\]}]|\|\||&&|\bin\b|\binstanceof\b)+|[)\]}]+\s*[;,]\s*|[;}]\s*\w{1,3}=)[\s\S]{0,40}?/;

/** The range of a script breakout, or null. */
export function scriptBreakout(text: string): readonly [start: number, end: number] | null {
  const sink = sinks.exec(text);
  if (!sink) return null;
  const before = text.slice(Math.max(0, sink.index - 60), sink.index);
  const closer = /['"`\]})]\s*(?:\)|\]|\})*\s*(?:;|\+|-|\*|\/|,|\||&|\^|<|>|%|=|\?|\bin\b)[^\w]*$/.exec(
    before,
  );
  if (closer) return [Math.max(0, sink.index - before.length + closer.index), sink.index + sink[0].length];
  return breakout.test(before) && before.length < 40
    ? [Math.max(0, sink.index - before.length), sink.index + sink[0].length]
    : null;
}

/** AngularJS and similar templates that climb to the Function constructor. */
const templateEscape =
  /\{\{[\s\S]{0,400}?(?:constructor|\$eval|\$on\b|__proto__|\bprototype\b|\$new\b|toString\(\)\.|alert\s*\(|['"`]\s*\.\s*sub\.call)/;

export function templateAttack(text: string): readonly [start: number, end: number] | null {
  const found = templateEscape.exec(text);
  return found && [found.index, found.index + found[0].length];
}
