# ActiveRecord with schema_search_path switched for each request, as apartment does.
require "active_record"

ROUNDS = 40

ActiveRecord::Base.establish_connection(
  adapter: "postgresql", host: ENV["HOST"], port: ENV["PORT"], database: "app",
  username: "app", password: "secret", pool: 8, schema_search_path: "tenant_acme,public"
)

class Item < ActiveRecord::Base
  self.table_name = "item"
end

class Mark < ActiveRecord::Base
  self.table_name = "mark"
end

def request(tenant)
  connection = ActiveRecord::Base.connection
  connection.schema_search_path = "tenant_#{tenant},public"
  connection.clear_query_cache
  ActiveRecord::Base.transaction do
    item = Item.create!(name: tenant)
    begin
      ActiveRecord::Base.transaction(requires_new: true) do
        connection.execute("INSERT INTO item(id, name) VALUES (#{item.id}, 'twice')")
      end
    rescue ActiveRecord::RecordNotUnique
      nil
    end
  end
  found = [Item.distinct.pluck(:name), Item.where(name: tenant).distinct.pluck(:note),
           Mark.first.tenant]
  raise "#{tenant}: #{found}" unless found == [[tenant], ["new"], tenant]
end

request("acme")
request("globex") # lags until this
Item.reset_column_information
threads = 8.times.map do |number|
  Thread.new do
    Thread.current.report_on_exception = false
    ActiveRecord::Base.connection_pool.with_connection do
      ROUNDS.times { |i| request(%w[acme globex][(i + number) % 2]) }
    end
  end
end
threads.each(&:join)
puts "ActiveRecord #{ActiveRecord.version}, #{8 * ROUNDS} requests"
