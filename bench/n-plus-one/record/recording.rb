# What a recording program in Ruby says to the recorder: one JSON line when an exchange begins and ends.
require "json"

$stdout.sync = true

def say(line)
  puts JSON.generate(line)
  answer = $stdin.gets
  abort "The recorder has gone." unless answer
  answer.strip
end

def exchange(name, is, why, of)
  trace_id = say(begin: name, is: is, why: why, of: Array(of), route: "GET /recorded")
  yield trace_id
  say(end: name)
end

def truly(name, of, why, &block) = exchange(name, "n-plus-one", why, of, &block)
def alike(name, why, &block) = exchange(name, "nothing", why, [], &block)
def duplicate(name, of, why, &block) = exchange(name, "duplicate", why, of, &block)
