//! A fixed SQL text whose parameters are arrays. Diesel prepares it once for each connection,
//! which it does not do for `sql_query`.

/// Declares a statement: its name, its SQL in pieces between the parameters, and its parameters.
macro_rules! statement {
    (
        $(#[$doc:meta])*
        $name:ident -> $row:ty {
            $($field:ident: $sql_type:ty => $rust_type:ty,)*
        }
        $sql:literal
    ) => {
        $(#[$doc])*
        #[derive(diesel::query_builder::QueryId)]
        pub(super) struct $name {
            $(pub $field: $rust_type,)*
        }

        impl diesel::query_builder::QueryFragment<diesel::pg::Pg> for $name {
            fn walk_ast<'b>(
                &'b self,
                mut out: diesel::query_builder::AstPass<'_, 'b, diesel::pg::Pg>,
            ) -> diesel::QueryResult<()> {
                let mut pieces = $sql.split('?');
                out.push_sql(pieces.next().unwrap_or_default());
                $(
                    out.push_bind_param::<$sql_type, _>(&self.$field)?;
                    out.push_sql(pieces.next().unwrap_or_default());
                )*
                Ok(())
            }
        }

        impl diesel::query_builder::Query for $name {
            type SqlType = $row;
        }

        impl diesel::RunQueryDsl<diesel::pg::PgConnection> for $name {}
    };
}

pub(super) use statement;
