# Active Record 6.1 on ruby-pg.
require "active_record"
require_relative "recording"

ActiveRecord::Base.establish_connection(ENV.fetch("DATABASE_URL"))
ActiveRecord::Base.logger = nil
ActiveRecord::Migration.verbose = false

class Team < ActiveRecord::Base
  has_many :agents
end

class Tag < ActiveRecord::Base
end

class AgentTag < ActiveRecord::Base
  belongs_to :agent
  belongs_to :tag
end

class Agent < ActiveRecord::Base
  belongs_to :team
  has_many :workflows
  has_many :agent_tags
  has_many :tags, through: :agent_tags
  validates :slug, uniqueness: true
end

class Workflow < ActiveRecord::Base
  belongs_to :agent
  has_many :executions
end

class Execution < ActiveRecord::Base
  belongs_to :workflow
end

class Message < ActiveRecord::Base
end

class Comment < ActiveRecord::Base
  belongs_to :subject, polymorphic: true
end

class UserSession < ActiveRecord::Base
  self.table_name = "sessions"
end

class Counter < ActiveRecord::Base
  self.primary_key = "name"
end

alike("first use", "types of the connection, schema and primary keys of each model") do
  [Team, Agent, Workflow, Execution, Message, Tag].each { |model| model.columns; model.first }
end
ActiveRecord::Base.connection.execute("UPDATE comments SET subject_type = initcap(subject_type)")

truly("belongs_to", 'FROM "teams"', "the team of each agent in a view") { Agent.order(:id).limit(18).each { |agent| agent.team.name } }
truly("has_many", 'FROM "workflows"', "the workflows of each agent") { Agent.order(:id).limit(12).each { |agent| agent.workflows.to_a } }
truly("has_many through", 'FROM "tags"', "the tags of each agent") { Agent.order(:id).limit(9).each { |agent| agent.tags.to_a } }
truly("count", "COUNT", "size of an association that is not loaded") { Agent.order(:id).limit(14).each { |agent| agent.workflows.size } }
truly("exists?", 'SELECT 1 AS one FROM "executions"', "whether each workflow ever ran") { Workflow.order(:id).limit(10).each { |flow| flow.executions.exists? } }
truly("latest", 'FROM "executions"', "the newest execution of each") { Workflow.limit(9).each { |flow| flow.executions.order(started_at: :desc).first } }
truly("polymorphic", ['FROM "agents"', 'FROM "workflows"'], "the subject of each comment") do
  Comment.where(subject_type: %w[Agent Workflow]).order(:id).limit(26).each { |comment| comment.subject }
end
truly("nested", ['FROM "workflows"', 'FROM "executions"'], "loops in loops") do
  Agent.order(:id).limit(6).each { |agent| agent.workflows.limit(3).each { |flow| flow.executions.to_a } }
end
truly("key and own date", 'FROM "executions"', "the date differs as well") do
  Workflow.order(:id).limit(12).each { |flow| flow.executions.where("started_at > ?", flow.created_at).to_a }
end
truly("find_by", 'FROM "agents"', "by a natural key of a list of words") { Agent.order(:id).limit(11).pluck(:slug).each { |slug| Agent.find_by(slug: slug) } }
truly("update!", 'UPDATE "workflows"', "saves each row") { Workflow.order(:id).limit(10).each { |flow| flow.update!(name: "#{flow.name}!") } }
truly("create!", 'INSERT INTO "messages"', "creates row after row") { 14.times { |n| Message.create!(execution_id: 2, role: "user", content: "line #{n}") } }
truly("create! with a validation of uniqueness", ['INSERT INTO "agents"', 'SELECT 1 AS one FROM "agents"'], "each new row asks first whether its slug is taken") do
  13.times { |n| Agent.create!(team_id: 1, name: "New", slug: "fresh-#{n}-#{n * 7}") }
end
truly("destroy", 'DELETE FROM "messages"', "destroys each row") { Message.order(id: :desc).limit(8).each(&:destroy) }
truly("find_each and a look-up", 'FROM "agents"', "rows in batches, one look-up each") { Workflow.where("id <= 40").find_each(batch_size: 20) { |flow| flow.agent.name } }
truly("with marginalia", 'FROM "teams"', "a comment in the style of Rails' query logs") do |trace|
  Agent.annotate("application:Builder,controller:agents,traceparent:00-#{trace}-00f067aa0ba902b7-01").order(:id).limit(10).each do |agent|
    Team.annotate("application:Builder,controller:agents,action:index").where(id: agent.team_id).first
  end
end

alike("includes", "one list a relation") { Agent.includes(:team, :tags, workflows: :executions).limit(20).each { |agent| agent.workflows.map(&:executions) } }
alike("eager_load", "one join") { Agent.eager_load(:team).limit(20).to_a }
alike("find_each", "batches by key") { Execution.find_each(batch_size: 800) { |execution| execution.status } }
alike("in_batches", "keys of a batch, then an update by list") { Execution.where("id <= 3000").in_batches(of: 500).update_all(status: "done") }
alike("insert_all in chunks", "six inserts of 40 rows") { 6.times { |n| Message.insert_all(Array.new(40) { |each| { execution_id: n, role: "user", content: each.to_s } }) } }
alike("pages", "limit and offset") { 9.times { |n| Execution.order(:id).limit(30).offset(n * 30).to_a } }
alike("schema", "the catalog about each table") do
  connection = ActiveRecord::Base.connection
  connection.tables.each { |table| connection.columns(table); connection.indexes(table); connection.foreign_keys(table); connection.primary_keys(table) }
end
alike("migrations", "seven versions, each noted down") do
  7.times do |n|
    ActiveRecord::SchemaMigration.create_table
    ActiveRecord::Base.connection.create_table("rails_step_#{n}")
    ActiveRecord::SchemaMigration.create!(version: (20_260_101_000_000 + n).to_s)
  end
end
alike("savepoints", "transactions in a transaction") { Agent.transaction { 8.times { Agent.transaction(requires_new: true) { Agent.connection.execute("SET LOCAL work_mem = '4MB'") } } } }
alike("four", "below the threshold") { Agent.limit(4).each { |agent| agent.team } }
alike("a dashboard", "six words of the code after a list") do
  Tag.limit(8).to_a
  %w[done failed running queued lost new].each { |status| Execution.where(status: status).count }
end
alike("parameterize until free", "a slug with a number behind it until none has it") do
  Agent.transaction do
    ["bot", *(2..9).map { |n| "bot-#{n}" }].each_with_index { |slug, n| Agent.insert({ team_id: 1, name: "Bot #{n}", slug: slug }) } if false
    Agent.insert_all(["bot", *(2..9).map { |n| "bot-#{n}" }].map { |slug| { team_id: 1, name: "Bot", slug: slug } })
    number = 1
    number += 1 while Agent.exists?(slug: number == 1 ? "bot" : "bot-#{number}")
    raise ActiveRecord::Rollback
  end
end
alike("polling", "reload until done") { execution = Execution.find(5); 7.times { execution.reload; sleep 0.12 } }
alike("reload after each write", "a lock, a write, a read") { counter = Counter.find("runs"); 7.times { counter.increment!(:value); counter.reload } }
alike("with_lock", "locks one row again and again") { execution = Execution.find(6); 7.times { execution.with_lock { execution.update!(status: execution.status == "done" ? "new" : "done") } } }
duplicate("the session in each helper", 'FROM "sessions"', "no memoisation") { 8.times { UserSession.find("session-6") } }
