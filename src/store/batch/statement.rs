//! A fixed SQL text whose parameters are arrays. Diesel prepares it once for each connection,
//! which it does not do for `sql_query`.

/// Declares a statement: its name, its SQL in pieces between the parameters, and its parameters.
macro_rules! statement {
    (
        $(#[$doc:meta])*
        $name:ident$(<$life:lifetime>)? -> $row:ty {
            $($field:ident: $sql_type:ty => $rust_type:ty,)*
        }
        $sql:expr
    ) => {
        $(#[$doc])*
        pub(super) struct $name$(<$life>)? {
            $(pub $field: $rust_type,)*
        }

        const _: () = {
            // The text never changes, whatever is bound to it.
            pub struct Text;

            impl$(<$life>)? diesel::query_builder::QueryId for $name$(<$life>)? {
                type QueryId = Text;
                const HAS_STATIC_QUERY_ID: bool = true;
            }
        };

        impl$(<$life>)? diesel::query_builder::QueryFragment<diesel::pg::Pg> for $name$(<$life>)? {
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

        impl$(<$life>)? diesel::query_builder::Query for $name$(<$life>)? {
            type SqlType = $row;
        }

        impl$(<$life>)? diesel::RunQueryDsl<diesel::pg::PgConnection> for $name$(<$life>)? {}
    };
}

pub(super) use statement;
